#include "mail/imap_syntax.h"

#include <algorithm>
#include <charconv>

#include "base/modified_utf7.h"
#include "base/utf8.h"
#include "mail/error_codes.h"

namespace gateway::mail {
namespace {

constexpr std::size_t kLongestFolder = 500;

}  // namespace

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualIgnoringCase(text.substr(0, prefix.size()), prefix);
}

Result<std::string> QuotedFolder(std::string_view name, bool utf8) {
  if (name.empty() || name.size() > kLongestFolder || ValidUtf8Prefix(name) != name.size() ||
      std::ranges::any_of(name, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; })) {
    return Transient(codes::kImapRefused, "not a name that a folder can have");
  }
  std::string text = "\"";
  for (const char c : utf8 ? std::string(name) : ToModifiedUtf7(name)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::vector<std::string> UidSets(std::vector<std::uint32_t> uids, std::size_t longest) {
  std::ranges::sort(uids);
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  std::vector<std::string> sets;
  for (std::size_t first = 0; first < uids.size();) {
    std::size_t last = first;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    std::string range = std::to_string(uids[first]);
    if (last > first) range += ":" + std::to_string(uids[last]);
    if (sets.empty() || sets.back().size() + 1 + range.size() > longest) {
      sets.push_back(std::move(range));
    } else {
      sets.back() += "," + range;
    }
    first = last + 1;
  }
  return sets;
}

std::optional<std::uint32_t> TakeNumber(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::optional<std::uint64_t> LiteralLength(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t brace = line.rfind('{');
  if (brace == std::string_view::npos) return std::nullopt;
  std::uint64_t length = 0;
  const char* const last = line.data() + line.size() - 1;
  const auto [end, failure] = std::from_chars(line.data() + brace + 1, last, length);
  if (failure != std::errc() || end != last) return std::nullopt;
  return length;
}

std::optional<std::uint32_t> NumberAfter(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; at + word.size() < text.size(); ++at) {
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '(' || text[at - 1] == '[';
    if (!begins || !StartsWithIgnoringCase(text.substr(at), word) || text[at + word.size()] != ' ') continue;
    std::string_view rest = text.substr(at + word.size() + 1);
    if (const auto number = TakeNumber(rest)) return number;
  }
  return std::nullopt;
}

}  // namespace gateway::mail
