#include "base/modified_utf7.h"

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"

namespace gateway {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool StandsForItself(char32_t c) {
  return c >= ' ' && c <= '~';
}

void AppendUtf16(std::u16string& units, char32_t c) {
  if (c < 0x10000) {
    units += static_cast<char16_t>(c);
    return;
  }
  units += static_cast<char16_t>(0xD800 + ((c - 0x10000) >> 10));
  units += static_cast<char16_t>(0xDC00 + ((c - 0x10000) & 0x3FF));
}

void AppendUtf8(std::string& text, char32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(kLead[more] | (c >> (6 * more)));
  for (unsigned i = more; i-- > 0;) text += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

// Appends the base64 of the UTF-16BE units, with "," for "/" and without padding, between "&" and
// "-".
void AppendShifted(std::string& text, const std::u16string& units) {
  text += '&';
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char16_t unit : units) {
    bits = (bits << 16) | unit;
    count += 16;
    for (; count >= 6; count -= 6) text += kDigits[(bits >> (count - 6)) & 63];
    bits &= (1U << count) - 1;
  }
  if (count > 0) text += kDigits[(bits << (6 - count)) & 63];
  text += '-';
}

// Undoes AppendShifted() for the text between "&" and "-". Returns false if it is no base64.
bool AppendUnshifted(std::string& text, std::string_view shifted) {
  std::uint32_t bits = 0;
  unsigned count = 0;
  char32_t high = 0;
  for (const char c : shifted) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return false;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const char32_t unit = (bits >> count) & 0xFFFF;
    bits &= (1U << count) - 1;
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else if (high != 0) {
      AppendUtf8(text, 0x10000 + ((high - 0xD800) << 10) + (unit & 0x3FF));
      high = 0;
    } else {
      AppendUtf8(text, unit);
    }
  }
  return true;
}

}  // namespace

std::string ToModifiedUtf7(std::string_view name) {
  std::string text;
  std::u16string shifted;
  const auto flush = [&] {
    if (!shifted.empty()) AppendShifted(text, shifted);
    shifted.clear();
  };
  for (const char32_t c : DecodeUtf8(name, name.size())) {
    if (!StandsForItself(c)) {
      AppendUtf16(shifted, c);
      continue;
    }
    flush();
    text += static_cast<char>(c);
    if (c == '&') text += '-';
  }
  flush();
  return text;
}

std::optional<std::string> FromModifiedUtf7(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), [](unsigned char c) { return StandsForItself(c); })) return std::nullopt;
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '&') {
      name += text[i];
      continue;
    }
    const std::size_t end = text.find('-', i);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view shifted = text.substr(i + 1, end - i - 1);
    if (shifted.empty()) {
      name += '&';
    } else if (!AppendUnshifted(name, shifted)) {
      return std::nullopt;
    }
    i = end;
  }
  // There is only one way to write each name. Any other text that decodes to it is not its name.
  if (ValidUtf8Prefix(name) != name.size() || ToModifiedUtf7(name) != text) return std::nullopt;
  return name;
}

}  // namespace gateway
