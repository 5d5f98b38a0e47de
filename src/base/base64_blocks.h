// Encodes and decodes base64 in the processor's 32-byte registers (AVX2), except at the ends and in
// odd places. OpenSSL's loop, which takes one character at a time, took a tenth of sealing and of
// opening. On processors without AVX2 these functions do nothing, and OpenSSL does all of it.
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway {

// Writes whole lines of `columns` characters and CRLF to `text`, but not more lines than `raw`
// fills. Returns how many bytes of `raw` are in them. `text` must have room for these lines.
std::size_t EncodeWholeLines(std::string_view raw, std::size_t columns, char* text);

// Decodes from the front of `base64` up to anything that is no base64 character (padding is none
// either). Returns how many characters it took, a multiple of four. `raw` must have room for the
// bytes of all of `base64`.
std::size_t DecodeBlocks(std::string_view base64, char* raw);

// Decodes lines from the front of `text`, up to anything that is no base64. The lines are as long
// as the first one, which has a multiple of four characters, and end in the same LF or CRLF. `raw`
// must have room for three quarters of `text` and eight bytes more.
struct DecodedLines {
  std::size_t characters = 0;  // of `text`, with the line ends
  std::size_t bytes = 0;
};
DecodedLines DecodeWholeLines(std::string_view text, char* raw);

}  // namespace gateway
