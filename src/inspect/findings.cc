#include "inspect/findings.h"

#include <algorithm>

#include "base/printable.h"
#include "base/utf8.h"

namespace gateway::inspect {
namespace {

constexpr std::size_t kLongestText = 500;  // code points
constexpr unsigned kMostOfOne = 10;

void Append(std::string& text, char32_t c) {
  const auto rest = [&](unsigned shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xc0 | c >> 6);
    rest(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xe0 | c >> 12);
    rest(6);
    rest(0);
  } else {
    text += static_cast<char>(0xf0 | c >> 18);
    rest(12);
    rest(6);
    rest(0);
  }
}

}  // namespace

std::string Printable(std::string_view text) {
  const std::u32string characters = DecodeUtf8(text, kLongestText + 1);
  std::string printable;
  for (const char32_t c : characters.substr(0, kLongestText)) Append(printable, IsPrintable(c) ? c : U'?');
  if (characters.size() > kLongestText) printable += "...";
  return printable;
}

void Section::Add(std::string_view key, std::string_view value) {
  if (!value.empty()) fields.emplace_back(Printable(key), Printable(value));
}

Section& Section::Open(std::string_view section) {
  sections.push_back({Printable(section), {}, {}});
  return sections.back();
}

void Findings::Add(const Rule& rule, std::string_view place) {
  if (rule.severity != Severity::note) clean_ = false;
  if (++counts_[rule.code] <= kMostOfOne) departures_.push_back({&rule, Printable(place)});
}

unsigned Findings::Left(const Rule& rule) const {
  const auto found = counts_.find(rule.code);
  return found == counts_.end() ? 0 : std::max(found->second, kMostOfOne) - kMostOfOne;
}

std::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "";
}

}  // namespace gateway::inspect
