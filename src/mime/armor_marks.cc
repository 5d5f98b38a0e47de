#include "mime/armor_marks.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestGap = 8;     // what stands between two letters of a mark
constexpr std::size_t kLongestTag = 64;    // bytes
constexpr std::size_t kLongestMark = 512;  // bytes, with all gaps

bool IsLetter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool IsAlphanumeric(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9');
}

bool StartsWithWord(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && EqualIgnoringCase(text.substr(0, word.size()), word);
}

// Returns the size of a tag of HTML at the start of `text`, or 0.
std::size_t TagAt(std::string_view text) {
  if (!text.starts_with('<')) return 0;
  const std::size_t end = text.substr(0, kLongestTag).find('>');
  return end == std::string_view::npos ? 0 : end + 1;
}

// Returns the place of the next letter or digit from `at` on, or nullopt if it is too far away. A
// blank of a URL ("%20") and a tag are part of the gap.
std::optional<std::size_t> BehindGap(std::string_view line, std::size_t at) {
  for (std::size_t count = 0; count <= kLongestGap && at < line.size(); ++count) {
    const std::string_view rest = line.substr(at);
    if (IsAlphanumeric(rest.front())) return at;
    at += std::max<std::size_t>(rest.starts_with("%20") ? 3 : 1, TagAt(rest));
  }
  return std::nullopt;
}

// Returns the place behind `word`, if it stands at `at`. A mail program may have put blanks, soft
// hyphens, tags and the like between its letters, or before it.
std::optional<std::size_t> Behind(std::string_view line, std::size_t at, std::string_view word) {
  for (const char letter : word) {
    const auto next = BehindGap(line, at);
    if (!next || LowerCase(line[*next]) != LowerCase(letter)) return std::nullopt;
    at = *next + 1;
  }
  return at;
}

// Returns what of a mark stands at `at`.
std::optional<Mark> MarkAt(std::string_view line, std::size_t at, char before) {
  if (IsAlphanumeric(at > 0 ? line[at - 1] : before)) return std::nullopt;
  line = line.substr(0, at + kLongestMark);
  const auto begun = Behind(line, at, "BEGIN");
  const auto first = begun ? begun : Behind(line, at, "END");
  if (!first) return std::nullopt;
  const auto second = Behind(line, *first, "PGP");
  const auto message = second ? Behind(line, *second, "MESSAGE") : std::nullopt;
  if (message) return Mark{begun ? MarkKind::message : MarkKind::end, at, *message};
  constexpr std::array<std::string_view, 4> kOthers{"PUBLIC", "PRIVATE", "SIGNATURE", "CERTIFICATE"};
  const std::size_t end = second.value_or(*first);
  const bool other = std::any_of(kOthers.begin(), kOthers.end(), [&](auto word) { return Behind(line, end, word); });
  if (!other) return std::nullopt;
  return Mark{begun ? MarkKind::other : MarkKind::other_end, at, end};
}

}  // namespace

std::optional<Mark> FindMark(std::string_view line, std::size_t from, std::size_t limit, char before) {
  for (std::size_t at = from; at < limit && at + std::strlen("ENDPGPMESSAGE") <= line.size(); ++at) {
    const char c = LowerCase(line[at]);
    if (c != 'b' && c != 'e') continue;
    if (const auto mark = MarkAt(line, at, before)) return mark;
  }
  return std::nullopt;
}

bool IsBare(std::string_view before) {
  if (const std::size_t tag = before.rfind('>'); tag != std::string_view::npos) before.remove_prefix(tag);
  return std::none_of(before.begin(), before.end(), &IsAlphanumeric);
}

bool IsLast(std::string_view after) {
  after = after.substr(0, after.find('<'));
  const auto first = std::find_if(after.begin(), after.end(), &IsAlphanumeric);
  after.remove_prefix(static_cast<std::size_t>(first - after.begin()));
  if (StartsWithWord(after, "PART")) after.remove_prefix(std::strlen("PART"));
  return std::none_of(after.begin(), after.end(), &IsLetter);
}

bool NamesNoMessage(std::string_view after) {
  after = after.substr(0, after.find('<'));
  std::string letters;
  for (const char c : after) {
    if (IsLetter(c)) letters += LowerCase(c);
  }
  std::string_view rest = letters;
  constexpr std::array<std::string_view, 14> kWords{"public", "private",   "secret",  "encrypted",   "key",
                                                    "block",  "signature", "trusted", "certificate", "request",
                                                    "rsa",    "dsa",       "ec",      "part"};
  while (!rest.empty()) {
    const auto word = std::find_if(kWords.begin(), kWords.end(), [&](auto known) { return rest.starts_with(known); });
    if (word == kWords.end()) return false;
    rest.remove_prefix(word->size());
  }
  return !letters.empty();
}

}  // namespace gateway::mime
