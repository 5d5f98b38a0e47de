// Base64 (RFC 4648) by OpenSSL, most of it by base64_blocks.h: armor and MIME parts are most of the bytes that the
// gateway makes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

// Appends `raw` as lines of `columns` characters (a multiple of 4), each ended by CRLF; the last may be shorter. To be
// continued only after a multiple of columns / 4 * 3 bytes.
void AppendBase64Lines(std::string_view raw, std::size_t columns, std::string& text);

// Appends the bytes of `base64`: no line ends, a multiple of 4 characters, padding at its end only. False when it is
// anything else; `raw` is as before then.
bool AppendBase64Decoded(std::string_view base64, std::string& raw);

// Appends the bytes of the lines at the front of `text` that are plain base64, all of one length and with one line end;
// returns how many characters that were. It may be none: the fast way for most of a text, not for all of one.
std::size_t AppendBase64LinesDecoded(std::string_view text, std::string& raw);

}  // namespace gateway
