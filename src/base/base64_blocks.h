// Base64 by the processor's 32-byte registers (AVX2), for what is neither the end nor odd: OpenSSL's loop, a character
// at a time, took a tenth of sealing and of opening. Elsewhere these do nothing, and OpenSSL does it all.
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway {

// Whole lines of `columns` characters and CRLF, at most those of `raw`. Returns how many bytes of `raw` are in them;
// `text` has room for these lines.
std::size_t EncodeWholeLines(std::string_view raw, std::size_t columns, char* text);

// From the front of `base64`, up to what is no base64 character (which padding is none of, either). Returns how many
// characters were taken, a multiple of four; `raw` has room for the bytes of all.
std::size_t DecodeBlocks(std::string_view base64, char* raw);

// From the front of `text`, lines as long as its first, of a multiple of four characters and each ended by the same LF
// or CRLF, up to anything that is no base64. `raw` has room for three quarters of `text` and eight bytes more.
struct DecodedLines {
  std::size_t characters = 0;  // of `text`, with the line ends
  std::size_t bytes = 0;
};
DecodedLines DecodeWholeLines(std::string_view text, char* raw);

}  // namespace gateway
