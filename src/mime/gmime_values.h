// Wraps GMime as the gateway uses it: for the grammar of header values (RFC 5322, 2045, 2047, 2231)
// and for transfer encodings. EntityWalker finds the structure of a mail instead. GMime's parser
// limits neither the number of parts nor the size of a header, and does not tell where a signed
// part is in the file. No GMime type leaves the .cc file. Values longer than kLongestValue are cut,
// because GMime's address parser recurses with its input. There is no state: any thread may call
// these functions.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "gateway/time.h"

namespace gateway::mime {

inline constexpr std::size_t kLongestValue = 8192;

// Starts GMime and loads the character sets that names commonly use, so that decoding opens no file
// later.
void PrepareGMime();

struct ContentType {
  std::string type;  // such as "application/dicom", in lower case; empty: there is no such field
  std::map<std::string, std::string> parameters;  // names in lower case, values decoded

  [[nodiscard]] bool IsMultipart() const { return type.starts_with("multipart/"); }
  // Returns an empty text if there is no such parameter.
  [[nodiscard]] std::string Parameter(const std::string& name) const;
};

ContentType ParseContentType(const std::string& value);
struct ContentDisposition {
  bool attachment = false;  // anything but "inline" is one (RFC 2183 section 2.8)
  std::string filename;     // decoded; empty when absent
};

// Takes the value of a Content-Disposition apart.
ContentDisposition ParseContentDisposition(const std::string& value);
// The addresses of an address list without their names, at most `limit` of them, in groups too.
std::vector<std::string> ParseAddresses(const std::string& value, std::size_t limit);
// Returns the id without angle brackets, or an empty text if there is none.
std::string ParseMessageId(const std::string& value);
bool IsDate(const std::string& value);

// Returns a date such as "Thu, 13 Jun 2013 09:12:25 +0000".
std::string FormatDate(Time time);
// Encodes by RFC 2047, folded at CRLF. `text` must be UTF-8 without control characters.
std::string EncodeText(const std::string& text);
bool IsUtf8(std::string_view text);

enum class TransferEncoding { identity, base64, quoted_printable, uuencode };

// Any other value leaves the bytes as they are.
TransferEncoding ParseTransferEncoding(std::string_view value);
// Returns whether `text` has a "=" that cannot be quoted-printable, because neither two hex digits
// nor a soft line break follow it.
bool HasBareEquals(std::string_view text);
// Returns a range of a file with its transfer encoding undone. It does not own the descriptor.
std::unique_ptr<Source> OpenDecoded(int fd, ByteRange range, TransferEncoding encoding);

}  // namespace gateway::mime
