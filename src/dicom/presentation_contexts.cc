#include "dicom/presentation_contexts.h"

// clang-format off
#include <dcmtk/dcmdata/dcuid.h>
// clang-format on

#include <algorithm>

#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

std::string NameOf(const std::string& uid) {
  return dcmFindNameOfUID(uid.c_str(), "a private UID");
}

}  // namespace

void PresentationContexts::Add(const SyntaxPair& pair) {
  if (std::find(wanted_.begin(), wanted_.end(), pair) != wanted_.end()) return;
  if (wanted_.size() >= kMax) wanted_.erase(wanted_.begin());
  wanted_.push_back(pair);
}

OFCondition PresentationContexts::ProposeIn(T_ASC_Parameters* parameters) {
  proposed_ = wanted_;
  for (std::size_t i = 0; i < proposed_.size(); ++i) {
    const char* syntaxes[] = {proposed_[i].transfer_syntax_uid.c_str()};
    const auto id = static_cast<T_ASC_PresentationContextID>(2 * i + 1);
    const OFCondition added =
        ASC_addPresentationContext(parameters, id, proposed_[i].sop_class_uid.c_str(), syntaxes, 1);
    if (added.bad()) return added;
  }
  return EC_Normal;
}

bool PresentationContexts::HasProposed(const SyntaxPair& pair) const {
  return std::find(proposed_.begin(), proposed_.end(), pair) != proposed_.end();
}

Result<T_ASC_PresentationContextID> PresentationContexts::Accepted(T_ASC_Parameters* parameters,
                                                                   const SyntaxPair& pair) const {
  const auto position = std::find(proposed_.begin(), proposed_.end(), pair) - proposed_.begin();
  T_ASC_PresentationContext answered{};
  if (ASC_getPresentationContext(parameters, static_cast<int>(position), &answered).good()) {
    if (answered.resultReason == ASC_P_ACCEPTANCE) return answered.presentationContextID;
    if (answered.resultReason == ASC_P_TRANSFERSYNTAXESNOTSUPPORTED) {
      return Permanent(codes::kTransferSyntaxRefused,
                       NameOf(pair.sop_class_uid) + " in " + NameOf(pair.transfer_syntax_uid));
    }
  }
  return Permanent(codes::kSopClassRefused, NameOf(pair.sop_class_uid));
}

}  // namespace gateway::dicom
