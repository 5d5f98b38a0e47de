#include "base/instance_digest.h"

#include <vector>

namespace gateway {
namespace {

constexpr std::string_view kRules = "1";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kAllNamedDigits = (kNamedAttributes.size() + 1) * kNamedDigits;

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool IsForm(std::string_view form) {
  if (form == kSamplesForm || form == kNativeForm || form == kNoPixelsForm) return true;
  return !form.empty() && form.size() <= 64 && form.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto end = text.find(' ');
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

Difference ComparePixels(const InstanceDigest& one, const InstanceDigest& other) {
  if (one.form == other.form && one.pixels == other.pixels) return Difference::none;
  const bool comparable = one.form == kSamplesForm && other.form == kSamplesForm;
  const bool one_has_none = (one.form == kNoPixelsForm) != (other.form == kNoPixelsForm);
  return comparable || one_has_none ? Difference::pixels : Difference::unknown;
}

}  // namespace

std::string ToText(const InstanceDigest& digest) {
  std::string text(kRules);
  for (const std::string* word : {&digest.attributes, &digest.form, &digest.pixels, &digest.named}) {
    text += ' ';
    text += *word;
  }
  return text;
}

std::optional<InstanceDigest> InstanceDigestFrom(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  if (words.size() != 5 || words[0] != kRules) return std::nullopt;
  const bool named = words[4].empty() || IsHex(words[4], kAllNamedDigits);
  if (!IsHex(words[1], kHashDigits) || !IsForm(words[2]) || !IsHex(words[3], kHashDigits) || !named) {
    return std::nullopt;
  }
  return InstanceDigest{std::string(words[1]), std::string(words[2]), std::string(words[3]), std::string(words[4])};
}

Difference Compare(const InstanceDigest& one, const InstanceDigest& other) {
  const Difference pixels = ComparePixels(one, other);
  if (pixels != Difference::none) return pixels;
  return one.attributes == other.attributes ? Difference::none : Difference::attributes;
}

std::string NamesOfChanged(const InstanceDigest& one, const InstanceDigest& other) {
  const bool comparable = one.form == other.form && one.pixels == other.pixels && one.named.size() == kAllNamedDigits &&
                          other.named.size() == kAllNamedDigits;
  if (!comparable || one.attributes == other.attributes) return {};
  std::string names;
  for (std::size_t i = 0; i <= kNamedAttributes.size(); ++i) {
    const std::size_t at = i * kNamedDigits;
    if (one.named.compare(at, kNamedDigits, other.named, at, kNamedDigits) == 0) continue;
    if (!names.empty()) names += ", ";
    names += i < kNamedAttributes.size() ? kNamedAttributes[i].keyword : "other attributes";
  }
  return names;
}

}  // namespace gateway
