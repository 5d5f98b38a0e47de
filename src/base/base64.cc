#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "base/base64_blocks.h"

namespace gateway {

void AppendBase64Lines(std::string_view raw, std::size_t columns, std::string& text) {
  const std::size_t characters = (raw.size() + 2) / 3 * 4;
  const std::size_t lines = (characters + columns - 1) / columns;
  const std::size_t begin = text.size();
  text.resize(begin + characters + 2 * lines + 1);  // EVP_EncodeBlock ends with a NUL
  const std::size_t whole = EncodeWholeLines(raw, columns, text.data() + begin);
  const std::size_t whole_characters = whole / 3 * 4;
  const std::size_t whole_lines = whole_characters / columns;
  raw.remove_prefix(whole);
  // This encodes everything at the far end in one go, and then moves it to the front line by line.
  // Calling the encoder for each line would cost as much again.
  char* to = text.data() + begin + whole_characters + 2 * whole_lines;
  const std::size_t left = characters - whole_characters;
  char* const encoded = to + 2 * (lines - whole_lines);
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded), reinterpret_cast<const unsigned char*>(raw.data()),
                  static_cast<int>(raw.size()));
  for (std::size_t done = 0; done < left; done += columns) {
    const std::size_t length = std::min(columns, left - done);
    std::memmove(to, encoded + done, length);
    to += length;
    *to++ = '\r';
    *to++ = '\n';
  }
  text.resize(begin + characters + 2 * lines);
}

bool AppendBase64Decoded(std::string_view base64, std::string& raw) {
  if (base64.size() % 4 != 0) return false;
  if (base64.empty()) return true;
  std::size_t padding = 0;
  while (padding < 2 && base64[base64.size() - 1 - padding] == '=') ++padding;
  const std::size_t begin = raw.size();
  raw.resize(begin + base64.size() / 4 * 3);
  const std::size_t done = DecodeBlocks(base64, raw.data() + begin);
  base64.remove_prefix(done);
  // EVP_DecodeBlock would also accept blanks around the text.
  const auto is_data = [](char c) { return c > ' ' && c != '-'; };
  const int length =
      is_data(base64.front()) && is_data(base64.back())
          ? EVP_DecodeBlock(reinterpret_cast<unsigned char*>(raw.data() + begin + done / 4 * 3),
                            reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()))
          : -1;
  if (length < 0) {
    raw.resize(begin);
    return false;
  }
  raw.resize(begin + done / 4 * 3 + static_cast<std::size_t>(length) - padding);
  return true;
}

std::size_t AppendBase64LinesDecoded(std::string_view text, std::string& raw) {
  constexpr std::size_t kSlack = 8;
  const std::size_t begin = raw.size();
  raw.resize(begin + text.size() / 4 * 3 + kSlack);
  const DecodedLines done = DecodeWholeLines(text, raw.data() + begin);
  raw.resize(begin + done.bytes);
  return done.characters;
}

}  // namespace gateway
