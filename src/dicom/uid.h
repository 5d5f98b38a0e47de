// Unique identifiers (PS3.5 section 9) and what the gateway knows of transfer syntaxes.
#pragma once

#include <string>
#include <string_view>

namespace gateway::dicom {

// Names this implementation (PS3.7 section D.3.3.2) in associations and in meta headers that it writes.
inline constexpr char kImplementationClassUid[] = "2.25.38715212157955770363484208922522407542";
inline constexpr char kImplementationVersionName[] = "DICOMMAILGW_1";

// [0-9.]{1,longest}. Stricter rules (no leading zeros) are broken by files that every PACS accepts.
bool IsUid(std::string_view text, std::size_t longest = 64);

// Without the NUL or spaces that pad a value to even length.
std::string_view TrimPadding(std::string_view text);

// How a transfer syntax encodes data elements. Unknown ones are Explicit VR Little Endian, as all new ones are
// (PS3.5 section 10).
struct ElementEncoding {
  bool explicit_vr = true;
  bool big_endian = false;
  bool deflated = false;
};
ElementEncoding EncodingOf(std::string_view transfer_syntax_uid);

inline constexpr char kImplicitLittleEndian[] = "1.2.840.10008.1.2";
inline constexpr char kExplicitLittleEndian[] = "1.2.840.10008.1.2.1";
inline constexpr char kExplicitBigEndian[] = "1.2.840.10008.1.2.2";

// Can DCMTK's DIMSE layer move data sets in this transfer syntax?
bool IsKnownTransferSyntax(const std::string& uid);

}  // namespace gateway::dicom
