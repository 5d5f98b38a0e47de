#include "dicom/uid.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcxfer.h>
// clang-format on

#include <algorithm>

namespace gateway::dicom {

bool IsUid(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

std::string_view TrimPadding(std::string_view text) {
  constexpr std::string_view kPadding(" \0", 2);
  const std::size_t first = text.find_first_not_of(kPadding);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kPadding) - first + 1);
}

ElementEncoding EncodingOf(std::string_view transfer_syntax_uid) {
  constexpr std::string_view kPrivateGeImplicit = "1.2.840.113619.5.2";
  if (transfer_syntax_uid == UID_LittleEndianImplicitTransferSyntax || transfer_syntax_uid == kPrivateGeImplicit) {
    return {.explicit_vr = false};
  }
  if (transfer_syntax_uid == UID_BigEndianExplicitTransferSyntax) return {.big_endian = true};
  const bool deflated = transfer_syntax_uid == UID_DeflatedExplicitVRLittleEndianTransferSyntax ||
                        transfer_syntax_uid == UID_JPIPReferencedDeflateTransferSyntax;
  return {.deflated = deflated};
}

bool IsUncompressed(std::string_view transfer_syntax_uid) {
  return transfer_syntax_uid == kImplicitLittleEndian || transfer_syntax_uid == kExplicitLittleEndian ||
         transfer_syntax_uid == kExplicitBigEndian;
}

bool IsKnownTransferSyntax(const std::string& uid) {
  const E_TransferSyntax syntax = DcmXfer(uid.c_str()).getXfer();
  switch (syntax) {
    case EXS_Unknown:
    case EXS_BigEndianImplicit:  // exists in DCMTK only
    // DIMSE_receiveCommand() and DIMSE_sendMessage() of DCMTK 3.6.7 refuse these.
    case EXS_JPIPReferenced:
    case EXS_JPIPReferencedDeflate:
    case EXS_PrivateGE_LEI_WithBigEndianPixelData:
      return false;
    default:
      return true;
  }
}

}  // namespace gateway::dicom
