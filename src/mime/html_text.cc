#include "mime/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "mime/content_lines.h"
#include "mime/embedded_data.h"

namespace gateway::mime {
namespace {

// Knows those names that can stand for a character of armor, or for a blank.
std::optional<char> NamedCharacter(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 16> kNames{{{"amp", '&'},
                                                                      {"lt", '<'},
                                                                      {"gt", '>'},
                                                                      {"quot", '"'},
                                                                      {"apos", '\''},
                                                                      {"nbsp", ' '},
                                                                      {"plus", '+'},
                                                                      {"equals", '='},
                                                                      {"sol", '/'},
                                                                      {"colon", ':'},
                                                                      {"dash", '-'},
                                                                      {"hyphen", '-'},
                                                                      {"period", '.'},
                                                                      {"Tab", ' '},
                                                                      {"NewLine", '\n'},
                                                                      {"shy", '\0'}}};
  for (const auto& [known, character] : kNames) {
    if (known == name) return character;
  }
  return std::nullopt;
}

// Reads "43" or "x2B". Characters that are not ASCII become question marks, because armor has none
// of them.
std::optional<char> NumberedCharacter(std::string_view number) {
  int base = 10;
  if (number.starts_with('x') || number.starts_with('X')) {
    base = 16;
    number.remove_prefix(1);
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, base);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  if (value == 0xA0 || value == '\t') return ' ';
  return value < 0x80 ? static_cast<char>(value) : '?';
}

std::optional<char> CharacterOf(std::string_view reference) {
  return reference.starts_with('#') ? NumberedCharacter(reference.substr(1)) : NamedCharacter(reference);
}

// Returns how many bytes come before base64 that mail programs put into a tag. The result is 0 if
// `text` does not begin with such a tag.
std::size_t EmbeddedIn(std::string_view text) {
  constexpr std::size_t kMostBefore = 4096;
  if (!BeginsWith(text, "<img") && !BeginsWith(text, "<v:")) return 0;
  // No byte is looked at for two tags.
  const std::size_t next = text.substr(0, kMostBefore).find('<', 1);
  const std::size_t at = FindEmbedded(text.substr(0, std::min(next, kMostBefore)), 0);
  const std::size_t start = at == std::string_view::npos ? 0 : EmbeddedAt(text.substr(at), text.substr(0, at));
  return start == 0 ? 0 : at + start;
}

bool StartsLine(std::string_view name) {
  constexpr std::array<std::string_view, 27> kBlocks{
      "p",  "div",    "pre",    "tr",      "li",      "ul",     "ol",         "table", "h1",
      "h2", "h3",     "h4",     "h5",      "h6",      "td",     "th",         "dl",    "dt",
      "dd", "center", "header", "section", "article", "footer", "blockquote", "body",  "hr"};
  return std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
}

}  // namespace

void HtmlTextSource::Convert() {
  while (!rest().empty()) {
    if (in_embedded_) {
      (void)TakeEmbedded(rest().size());
      in_embedded_ = rest().empty();
      continue;
    }
    const char c = rest().front();
    if (c == '<') {
      if (!TakeTag()) return;
    } else if (c == '&') {
      if (!TakeReference()) return;
    } else {
      Take(1);
      if (c == '\n' && in_pre_) {
        EndLine();
      } else if (c == '\n') {
        EndFilledLine();
      } else if (c != '\r') {
        PutText(c);
      }
    }
  }
}

bool HtmlTextSource::TakeTag() {
  const std::string_view text = rest();
  const std::string_view longest = text.substr(0, kLongestTag + 1);
  // No byte is looked at twice, although each "<" may begin a tag.
  const std::size_t end = longest.find('>', searched_ - std::min(searched_, position()));
  const bool whole = end != std::string_view::npos;
  if (!whole) searched_ = position() + longest.size();
  if (!whole && !at_end() && text.size() <= kLongestTag) return false;
  if (const std::size_t start = whole ? 0 : EmbeddedIn(text); start > 0) {
    Take(start);
    in_embedded_ = true;
    return true;
  }
  // Another tag that is too long, or has no end, is text.
  if (!whole) {
    PutText('<');
    Take(1);
    return true;
  }
  ApplyTag(text.substr(1, end - 1));
  Take(end + 1);
  return true;
}

void HtmlTextSource::ApplyTag(std::string_view tag) {
  const bool closing = tag.starts_with('/');
  if (closing) tag.remove_prefix(1);
  const std::string name = LowerCase(std::string(tag.substr(0, tag.find_first_of(" \t\r\n/"))));
  if (name == "br") {
    EndLine();
  } else if (StartsLine(name)) {
    EndFilledLine();
  }
  if (name == "pre") in_pre_ = !closing;
}

bool HtmlTextSource::TakeReference() {
  const std::string_view text = rest().substr(1, kLongestReference);
  const std::size_t end = text.find(';');
  if (end == std::string_view::npos && text.size() < kLongestReference && !at_end()) return false;
  const std::optional<char> character = end == std::string_view::npos ? std::nullopt : CharacterOf(text.substr(0, end));
  Take(character ? end + 2 : 1);
  if (!character) {
    PutText('&');
  } else if (*character == '\n') {
    EndLine();
  } else if (*character != '\0') {
    PutText(*character);
  }
  return true;
}

void HtmlTextSource::PutText(char c) {
  const bool blank = c == ' ' || c == '\t';
  if (blank && line_is_empty_ && !in_pre_) return;
  Put(c);
  line_is_empty_ = false;
}

void HtmlTextSource::EndLine() {
  Put('\n');
  line_is_empty_ = true;
}

void HtmlTextSource::EndFilledLine() {
  if (!line_is_empty_) EndLine();
}

}  // namespace gateway::mime
