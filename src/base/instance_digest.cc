#include "base/instance_digest.h"

#include <algorithm>
#include <map>
#include <vector>

namespace gateway {
namespace {

// This number must change with the rules. A digest that other rules made counts as none.
constexpr std::string_view kRules = "2";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kAllNamedDigits = (kNamedAttributes.size() + 1) * kNamedDigits;

bool IsHex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool IsForm(std::string_view form) {
  if (form == kSamplesForm || form == kNumbersForm || form == kNativeForm || form == kNoPixelsForm) return true;
  return !form.empty() && form.size() <= 64 && form.find_first_not_of("0123456789.") == std::string_view::npos;
}

// Returns the hash of each kind by its letter, or nullopt if `text` has another form.
std::optional<std::map<char, std::string_view>> ContentFrom(std::string_view text) {
  std::map<char, std::string_view> content;
  for (; !text.empty(); text.remove_prefix(1 + kHashDigits)) {
    const bool known = std::ranges::find(kContentKinds, text[0], &ContentKind::letter) != kContentKinds.end();
    const bool ordered = content.empty() || content.rbegin()->first < text[0];
    const std::string_view hash = text.substr(1, kHashDigits);
    if (!known || !ordered || !IsHex(hash, kHashDigits)) return std::nullopt;
    content.emplace(text[0], hash);
  }
  return content;
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

// Two hashes of samples settle the question. So does one digest of numbers or of no pixels, because
// these never come compressed.
Difference ComparePixels(const InstanceDigest& one, const InstanceDigest& other) {
  if (one.form == other.form && one.pixels == other.pixels) return Difference::none;
  const auto has = [&](std::string_view form) { return one.form == form || other.form == form; };
  const bool samples = one.form == kSamplesForm && other.form == kSamplesForm;
  return samples || has(kNumbersForm) || has(kNoPixelsForm) ? Difference::pixels : Difference::unknown;
}

}  // namespace

std::string ToText(const InstanceDigest& digest) {
  std::string text(kRules);
  for (const std::string* word : {&digest.attributes, &digest.form, &digest.pixels, &digest.named, &digest.content}) {
    text += ' ';
    text += *word;
  }
  return text;
}

std::optional<InstanceDigest> InstanceDigestFrom(std::string_view text) {
  const std::vector<std::string_view> words = Words(text);
  if (words.size() != 6 || words[0] != kRules) return std::nullopt;
  const bool named = words[4].empty() || IsHex(words[4], kAllNamedDigits);
  if (!IsHex(words[1], kHashDigits) || !IsForm(words[2]) || !IsHex(words[3], kHashDigits) || !named ||
      !ContentFrom(words[5])) {
    return std::nullopt;
  }
  return InstanceDigest{std::string(words[1]), std::string(words[2]), std::string(words[3]), std::string(words[4]),
                        std::string(words[5])};
}

Difference Compare(const InstanceDigest& one, const InstanceDigest& other) {
  const Difference pixels = ComparePixels(one, other);
  if (pixels == Difference::pixels) return pixels;
  // The answer cannot change any more, so nobody need decode the pixels.
  if (one.content != other.content) return Difference::content;
  if (pixels == Difference::unknown) return pixels;
  return one.attributes == other.attributes ? Difference::none : Difference::attributes;
}

std::string KindsOfChangedContent(const InstanceDigest& one, const InstanceDigest& other) {
  const auto first = ContentFrom(one.content).value_or(std::map<char, std::string_view>());
  const auto second = ContentFrom(other.content).value_or(std::map<char, std::string_view>());
  const auto hash = [](const std::map<char, std::string_view>& content, char letter) {
    const auto at = content.find(letter);
    return at == content.end() ? std::string_view() : at->second;
  };
  std::string words;
  char last = '\0';
  for (const ContentKind& kind : kContentKinds) {
    if (kind.letter == last || hash(first, kind.letter) == hash(second, kind.letter)) continue;
    last = kind.letter;
    if (!words.empty()) words += ", ";
    words += kind.words;
  }
  return words;
}

const ContentKind* ContentKindOf(std::uint32_t tag) {
  const auto kind =
      std::ranges::find_if(kContentKinds, [tag](const ContentKind& one) { return (tag & one.mask) == one.tag; });
  return kind == kContentKinds.end() ? nullptr : &*kind;
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
