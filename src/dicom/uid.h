// Knows unique identifiers (PS3.5 section 9), and the properties of transfer syntaxes that the
// gateway needs.
#pragma once

#include <string>
#include <string_view>

namespace gateway::dicom {

// These name this implementation (PS3.7 section D.3.3.2) in associations and in the meta headers
// that it writes.
inline constexpr char kImplementationClassUid[] = "2.25.38715212157955770363484208922522407542";
inline constexpr char kImplementationVersionName[] = "DICOMMAILGW_1";

// Returns whether `text` is [0-9.]{1,longest}. Files that every PACS accepts break stricter rules,
// such as no leading zeros.
bool IsUid(std::string_view text, std::size_t longest = 64);

// Returns the text without the NUL or spaces that pad a value to even length.
std::string_view TrimPadding(std::string_view text);

// Says how a transfer syntax encodes data elements. Unknown ones are Explicit VR Little Endian, as
// all new ones are (PS3.5 section 10).
struct ElementEncoding {
  bool explicit_vr = true;
  bool big_endian = false;
  bool deflated = false;
};
ElementEncoding EncodingOf(std::string_view transfer_syntax_uid);

inline constexpr char kImplicitLittleEndian[] = "1.2.840.10008.1.2";
inline constexpr char kExplicitLittleEndian[] = "1.2.840.10008.1.2.1";
inline constexpr char kExplicitBigEndian[] = "1.2.840.10008.1.2.2";

// Returns whether pixel data in this transfer syntax are neither compressed nor deflated.
bool IsUncompressed(std::string_view transfer_syntax_uid);

// Can DCMTK's DIMSE layer move data sets in this transfer syntax?
bool IsKnownTransferSyntax(const std::string& uid);

}  // namespace gateway::dicom
