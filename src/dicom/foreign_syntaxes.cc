#include "dicom/foreign_syntaxes.h"

// clang-format off
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/dcmnet/lst.h>
#include <dcmtk/ofstd/ofstd.h>
// clang-format on

#include "dicom/uid.h"

namespace gateway::dicom {

namespace {

// Calls `visit` for each node of one of DCMTK's lists.
template <typename Node, typename Visit>
void ForEach(LST_HEAD*& list, Visit visit) {
  if (list == nullptr) return;
  auto* node = static_cast<Node*>(LST_Head(&list));
  (void)LST_Position(&list, node);
  for (; node != nullptr; node = static_cast<Node*>(LST_Next(&list))) visit(*node);
}

// Returns the name in `syntax` if DCMTK does not move that syntax, and puts the name of one that
// DCMTK moves in its place.
template <std::size_t size>
std::string Replace(char (&syntax)[size]) {
  if (syntax[0] == '\0' || IsKnownTransferSyntax(syntax)) return {};
  std::string name = syntax;
  OFStandard::strlcpy(syntax, UID_LittleEndianExplicitTransferSyntax, size);
  return name;
}

}  // namespace

// DCMTK keeps the accepted syntaxes in two lists. Inside these they are in the context itself, or
// in a list of its own.
void ForeignSyntaxes::HideIn(T_ASC_Parameters& parameters) {
  const auto hide = [this](DUL_PRESENTATIONCONTEXT& context, std::string name) {
    if (!name.empty()) hidden_[context.presentationContextID] = std::move(name);
  };
  ForEach<DUL_PRESENTATIONCONTEXT>(
      parameters.DULparams.requestedPresentationContext,
      [&hide](DUL_PRESENTATIONCONTEXT& context) { hide(context, Replace(context.acceptedTransferSyntax)); });
  ForEach<DUL_PRESENTATIONCONTEXT>(
      parameters.DULparams.acceptedPresentationContext, [&hide](DUL_PRESENTATIONCONTEXT& context) {
        hide(context, Replace(context.acceptedTransferSyntax));
        ForEach<DUL_TRANSFERSYNTAX>(context.proposedTransferSyntax,
                                    [&](DUL_TRANSFERSYNTAX& syntax) { hide(context, Replace(syntax.transferSyntax)); });
      });
}

std::string ForeignSyntaxes::NameOf(T_ASC_PresentationContextID context, const std::string& shown) const {
  const auto found = hidden_.find(context);
  return found == hidden_.end() ? shown : found->second;
}

}  // namespace gateway::dicom
