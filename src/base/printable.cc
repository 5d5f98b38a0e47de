#include "base/printable.h"

#include <algorithm>

#include "base/utf8.h"

namespace gateway {
namespace {

// Returns the length of the sequence at the start of `text`, or 0 if it is not valid.
std::size_t LengthOfFirst(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;  // most text takes this way
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return ValidUtf8Prefix(text.substr(0, length)) == length ? length : 0;
}

void AppendEscape(std::string& json, char32_t unit) {
  static constexpr char kDigits[] = "0123456789abcdef";
  json += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) json += kDigits[unit >> shift & 15];
}

// Writes the character as UTF-16, as JSON does (RFC 8259 section 7).
void AppendEscaped(std::string& json, char32_t c) {
  constexpr char32_t kFirstOfTwo = 0x10000;
  if (c < kFirstOfTwo) return AppendEscape(json, c);
  AppendEscape(json, 0xd800 + ((c - kFirstOfTwo) >> 10));
  AppendEscape(json, 0xdc00 + (c & 0x3ff));
}

}  // namespace

bool IsPrintable(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
  const bool format = c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                      (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c < 0xfffd) || c >= 0xe0000;
  return !format && (c & 0xfffe) != 0xfffe;
}

std::size_t PrintablePrefix(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size()) {
    const std::string_view rest = text.substr(length);
    const std::size_t next = LengthOfFirst(rest);
    if (next == 0) break;
    const char32_t c =
        next == 1 ? static_cast<unsigned char>(rest.front()) : DecodeUtf8(rest.substr(0, next), 1).front();
    if (!IsPrintable(c)) break;
    length += next;
  }
  return length;
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (true) {
    const std::size_t length = PrintablePrefix(text);
    printable.append(text.substr(0, length));
    text.remove_prefix(length);
    if (text.empty()) return printable;
    printable += '?';
    text.remove_prefix(std::max<std::size_t>(1, LengthOfFirst(text)));
  }
}

std::string PrintableJson(std::string_view json) {
  std::string printable;
  while (true) {
    const std::size_t length = PrintablePrefix(json);
    printable.append(json.substr(0, length));
    json.remove_prefix(length);
    if (json.empty()) return printable;
    // Apart from the line ends of the text itself, characters that a terminal would obey can stand
    // only in strings.
    const std::size_t next = std::max<std::size_t>(1, LengthOfFirst(json));
    if (json.front() == '\n') {
      printable += '\n';
    } else {
      AppendEscaped(printable, DecodeUtf8(json.substr(0, next), 1).front());
    }
    json.remove_prefix(next);
  }
}

}  // namespace gateway
