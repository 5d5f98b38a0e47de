#include "mime/armor_marks.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestGap = 8;  // bytes between the words of a mark

bool IsLetter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool IsAlphanumeric(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9');
}

bool StartsWithWord(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && EqualIgnoringCase(text.substr(0, word.size()), word);
}

// Behind `word`, where it stands at `at`, and behind what is no letter after that, also as a URL has it: "%20".
std::optional<std::size_t> Behind(std::string_view line, std::size_t at, std::string_view word) {
  if (!StartsWithWord(line.substr(at), word)) return std::nullopt;
  at += word.size();
  const std::size_t gap = at;
  while (at < line.size() && at - gap <= kLongestGap && !IsAlphanumeric(line[at])) {
    at += line.substr(at).starts_with("%20") ? 3 : 1;
  }
  if (at == gap || at - gap > kLongestGap) return std::nullopt;
  return at;
}

// What of a mark stands at `at`.
std::optional<Mark> MarkAt(std::string_view line, std::size_t at, char before) {
  if (IsAlphanumeric(at > 0 ? line[at - 1] : before)) return std::nullopt;
  const auto begun = Behind(line, at, "BEGIN");
  const auto first = begun ? begun : Behind(line, at, "END");
  if (!first) return std::nullopt;
  const auto second = Behind(line, *first, "PGP");
  const std::string_view rest = line.substr(second.value_or(*first));
  const std::size_t end = line.size() - rest.size();
  if (second && StartsWithWord(rest, "MESSAGE")) {
    return Mark{begun ? MarkKind::message : MarkKind::end, at, end + std::strlen("MESSAGE")};
  }
  constexpr std::array<std::string_view, 4> kOthers{"PUBLIC", "PRIVATE", "SIGNATURE", "CERTIFICATE"};
  const bool other = std::any_of(kOthers.begin(), kOthers.end(), [&](auto word) { return StartsWithWord(rest, word); });
  if (!other) return std::nullopt;
  return Mark{begun ? MarkKind::other : MarkKind::other_end, at, end};
}

}  // namespace

std::optional<Mark> FindMark(std::string_view line, std::size_t from, std::size_t limit, char before) {
  for (std::size_t at = from; at < limit && at + std::strlen("END PGP MESSAGE") <= line.size(); ++at) {
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

}  // namespace gateway::mime
