// Base64 (RFC 4648). base64_blocks.h does most of the work and OpenSSL the rest, because armor and
// MIME parts are most of the bytes that the gateway makes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

// Appends `raw` as lines of `columns` characters (a multiple of 4), each ended by CRLF. The last
// line may be shorter. The text may go on with another call only after a multiple of columns / 4 *
// 3 bytes.
void AppendBase64Lines(std::string_view raw, std::size_t columns, std::string& text);

// Appends the bytes of `base64`, which must have a multiple of 4 characters, no line ends, and
// padding at its end only. Otherwise it returns false and leaves `raw` as it was.
bool AppendBase64Decoded(std::string_view base64, std::string& raw);

// Appends the bytes of the lines at the front of `text`, as long as they are plain base64 and all
// have one length and one kind of line end. Returns how many characters these lines have, which may
// be none. This is the fast way for most of a text. The caller must decode the rest in another way.
std::size_t AppendBase64LinesDecoded(std::string_view text, std::string& raw);

}  // namespace gateway
