#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

namespace gateway {

void AppendBase64Lines(std::string_view raw, std::size_t columns, std::string& text) {
  const std::size_t characters = (raw.size() + 2) / 3 * 4;
  const std::size_t lines = (characters + columns - 1) / columns;
  const std::size_t begin = text.size();
  text.resize(begin + characters + 2 * lines + 1);  // EVP_EncodeBlock ends with a NUL
  // Encoded at the far end in one go, then moved to the front line by line: an encoder call a line costs as much again.
  char* const out = text.data() + begin;
  char* const encoded = out + 2 * lines;
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded), reinterpret_cast<const unsigned char*>(raw.data()),
                  static_cast<int>(raw.size()));
  char* to = out;
  for (std::size_t done = 0; done < characters; done += columns) {
    const std::size_t length = std::min(columns, characters - done);
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
  // EVP_DecodeBlock would also take blanks around the text.
  const auto is_data = [](char c) { return c > ' ' && c != '-'; };
  if (!is_data(base64.front()) || !is_data(base64.back())) return false;
  std::size_t padding = 0;
  while (padding < 2 && base64[base64.size() - 1 - padding] == '=') ++padding;
  const std::size_t begin = raw.size();
  raw.resize(begin + base64.size() / 4 * 3);
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(raw.data() + begin),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (length < 0) {
    raw.resize(begin);
    return false;
  }
  raw.resize(begin + static_cast<std::size_t>(length) - padding);
  return true;
}

}  // namespace gateway
