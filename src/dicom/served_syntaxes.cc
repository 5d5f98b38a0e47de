#include "dicom/served_syntaxes.h"

// clang-format off
#include <dcmtk/dcmdata/dcuid.h>
// clang-format on

#include <algorithm>

#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

// Data sets in these syntaxes keep their pixels elsewhere, where only the sender can reach them.
bool IsReferenced(const std::string& transfer_syntax) {
  return transfer_syntax == UID_JPIPReferencedTransferSyntax ||
         transfer_syntax == UID_JPIPReferencedDeflateTransferSyntax || transfer_syntax == "1.2.840.10008.1.2.4.204" ||
         transfer_syntax == "1.2.840.10008.1.2.4.205";
}

// Returns null if there is none that the gateway can accept.
const char* ChooseTransferSyntax(const T_ASC_PresentationContext& proposed) {
  const char* first = nullptr;
  for (int i = 0; i < proposed.transferSyntaxCount; ++i) {
    const char* syntax = proposed.proposedTransferSyntaxes[i];
    if (IsKnownTransferSyntax(syntax)) return syntax;
    if (first == nullptr && IsUid(syntax) && !IsReferenced(syntax)) first = syntax;
  }
  return first;
}

}  // namespace

bool ServesSopClass(const DicomSettings& settings, const std::string& uid) {
  constexpr std::string_view kStandard = "1.2.840.10008.";
  constexpr std::string_view kStandardStorage = "1.2.840.10008.5.1.4.1.1.";
  if (uid == UID_VerificationSOPClass || dcmIsaStorageSOPClassUID(uid.c_str(), ESSC_All)) return true;
  if (std::find(settings.sop_classes.begin(), settings.sop_classes.end(), uid) != settings.sop_classes.end()) {
    return true;
  }
  if (settings.unknown_sop_classes == UnknownSopClasses::refuse || !IsUid(uid)) return false;
  const bool known = dcmFindNameOfUID(uid.c_str()) != nullptr;
  return !known && (!uid.starts_with(kStandard) || uid.starts_with(kStandardStorage));
}

void NegotiateContexts(const DicomSettings& settings, T_ASC_Parameters* parameters) {
  const int count = ASC_countPresentationContexts(parameters);
  for (int i = 0; i < count; ++i) {
    T_ASC_PresentationContext proposed{};
    if (ASC_getPresentationContext(parameters, i, &proposed).bad()) continue;
    const T_ASC_PresentationContextID id = proposed.presentationContextID;
    const char* syntax = ChooseTransferSyntax(proposed);
    if (!ServesSopClass(settings, proposed.abstractSyntax)) {
      ASC_refusePresentationContext(parameters, id, ASC_P_ABSTRACTSYNTAXNOTSUPPORTED);
    } else if (syntax == nullptr) {
      ASC_refusePresentationContext(parameters, id, ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
    } else {
      ASC_acceptPresentationContext(parameters, id, syntax);
    }
  }
}

}  // namespace gateway::dicom
