#include "base/utf8.h"

#include <cstdint>

namespace gateway {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Step {
  char32_t code_point = kReplacement;
  std::size_t length = 0;  // 0: no valid sequence starts here
};

// RFC 3629 section 4 allows no overlong forms, no surrogates, and nothing above U+10FFFF.
Step Decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t code_point = lead & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code_point < 0x800) || (length == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (overlong || surrogate || code_point > 0x10FFFF) return {};
  return {code_point, length};
}

}  // namespace

std::size_t ValidUtf8Prefix(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    const Step step = Decode(text.substr(position));
    if (step.length == 0) break;
    position += step.length;
  }
  return position;
}

std::u32string DecodeUtf8(std::string_view text, std::size_t limit) {
  std::u32string decoded;
  while (!text.empty() && decoded.size() < limit) {
    const Step step = Decode(text);
    decoded.push_back(step.code_point);
    text.remove_prefix(step.length == 0 ? 1 : step.length);
  }
  return decoded;
}

}  // namespace gateway
