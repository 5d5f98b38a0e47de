#include "mime/blank_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/ascii.h"
#include "mime/character_names.h"
#include "mime/content_lines.h"
#include "mime/letter_kinds.h"
#include "mime/page_words.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestPage = 262'144;  // bytes; Word writes a fifth of that for an empty page
constexpr std::size_t kLongestComment = 200;   // bytes
constexpr std::size_t kLongestWord = 40;       // of letters that base64 has

// A space that is no white space to ICU, or a character without a width.
bool IsBlankCharacter(UChar32 c) {
  constexpr std::array<UChar32, 13> kOthers{0xAD,   0x34F,  0x180E, 0x200B, 0x200C, 0x200D, 0x200E,
                                            0x200F, 0x2060, 0x2800, 0x3164, 0xFEFF, 0x115F};
  return u_isUWhiteSpace(c) != 0 || std::find(kOthers.begin(), kOthers.end(), c) != kOthers.end();
}

template <std::size_t size>
bool IsOneOf(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsLayoutTag(std::string_view name) {
  constexpr std::array<std::string_view, 38> kNames{
      "html",  "head",  "body", "meta", "style",   "title",      "br",     "p",     "div", "span",
      "font",  "b",     "i",    "u",    "strong",  "em",         "center", "a",     "pre", "blockquote",
      "table", "tbody", "tr",   "td",   "section", "article",    "header", "hr",    "h1",  "h2",
      "h3",    "small", "tt",   "code", "o:p",     "![endif]--", "xml",    "footer"};
  return IsOneOf(kNames, name) || name == "!doctype" || name == "?xml" || name.starts_with("![");
}

// An attribute with another name may hold words, a link or a script.
bool IsLayoutAttribute(std::string_view name) {
  constexpr std::array<std::string_view, 31> kNames{
      "lang",   "xml:lang", "dir",    "class",      "id",          "style",       "bgcolor",     "text",
      "link",   "vlink",    "alink",  "name",       "content",     "http-equiv",  "charset",     "align",
      "valign", "width",    "height", "border",     "cellspacing", "cellpadding", "size",        "color",
      "face",   "clear",    "type",   "leftmargin", "topmargin",   "marginwidth", "marginheight"};
  return IsOneOf(kNames, name) || name == "xmlns" || name.starts_with("xmlns:");
}

// Returns whether the text may hold data: a link to it, or a word as base64 has it.
bool MayHoldData(std::string_view text) {
  constexpr std::string_view kOfBrowser = "url(#default#vml)";
  constexpr std::array<std::string_view, 6> kMarks{"data:", "base64", "url(", "@import", "script", "refresh"};
  std::string lower = LowerCase(text);
  // Word names a part of the browser, and nothing outside the page.
  for (std::size_t at = 0; (at = lower.find(kOfBrowser)) != std::string::npos;) lower.erase(at, kOfBrowser.size());
  if (std::any_of(kMarks.begin(), kMarks.end(), [&](auto mark) { return lower.find(mark) != std::string::npos; })) {
    return true;
  }
  std::size_t length = 0;
  for (const char c : text) {
    const bool is_coded = IsSmall(c) || IsCapital(c) || IsDigit(c) || c == '+' || c == '/' || c == '=';
    length = is_coded ? length + 1 : 0;
    if (length >= kLongestWord) return true;
  }
  return false;
}

// Takes a value with its quotes from `text`.
std::string_view TakeValue(std::string_view& text) {
  const bool quoted = text.starts_with('"') || text.starts_with('\'');
  const std::size_t start = quoted ? 1 : 0;
  const std::size_t end = quoted ? text.find(text.front(), 1) : text.find_first_of(kBlanks);
  const std::string_view value = text.substr(start, end == std::string_view::npos ? end : end - start);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + start);
  return value;
}

// `text` holds all attributes of a tag.
bool AreLayoutAttributes(std::string_view text) {
  for (text = WithoutBlanks(text); !text.empty() && text != "/"; text = WithoutBlanks(text)) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n="), text.size());
    const std::string name = LowerCase(text.substr(0, end));
    text = WithoutBlanks(text.substr(end));
    if (!IsLayoutAttribute(name)) return false;
    if (!text.starts_with('=')) continue;
    text = WithoutBlanks(text.substr(1));
    if (MayHoldData(TakeValue(text))) return false;
  }
  return true;
}

// Goes through a page and stops at the first thing that is more than layout.
class BlankPage {
 public:
  explicit BlankPage(std::string_view page) : rest_(page), lower_(LowerCase(page)) {}

  bool Check() {
    while (!rest_.empty()) {
      const std::size_t tag = std::min(rest_.find('<'), rest_.size());
      if (!IsBlankShown(rest_.substr(0, tag))) return false;
      Take(tag);
      if (!rest_.empty() && !TakeTag()) return false;
    }
    return true;
  }

 private:
  void Take(std::size_t count) { rest_.remove_prefix(count); }
  [[nodiscard]] std::string_view lower() const { return std::string_view(lower_).substr(lower_.size() - rest_.size()); }

  // Returns whether the text between two tags is blank. Each reference stands for a character.
  static bool IsBlankShown(std::string_view text) {
    constexpr std::size_t kLongest = 12;
    constexpr std::array<std::string_view, 8> kBlankNames{"#32", "#9", "#10", "#13", "#x20", "Tab", "NewLine", "#xA"};
    std::string shown;
    while (!text.empty()) {
      const std::size_t at = std::min(text.find('&'), text.size());
      shown += text.substr(0, at);
      text.remove_prefix(at);
      if (text.empty()) break;
      const std::size_t end = text.substr(0, kLongest).find(';');
      if (end == std::string_view::npos) return false;
      const std::string_view name = text.substr(1, end - 1);
      const auto character = CharacterNamed(name);
      if (!character && !IsOneOf(kBlankNames, name)) return false;
      if (character) shown += *character;
      text.remove_prefix(end + 1);
    }
    return IsBlankText(shown);
  }

  bool TakeTag() {
    if (rest_.starts_with("<!--")) return TakeComment();
    // A ">" in a value ends the tag too early. What follows is a word, so the page has content.
    const std::size_t end = rest_.find('>');
    if (end == std::string_view::npos) return false;
    std::string_view tag = lower().substr(1, end - 1);
    const bool closing = tag.starts_with('/');
    if (closing) tag.remove_prefix(1);
    const std::size_t name_end = std::min(tag.find_first_of(" \t\r\n/"), tag.size());
    const std::string_view name = tag.substr(0, name_end);
    if (!IsLayoutTag(name)) return false;
    const bool declaration = name.starts_with('!') || name.starts_with('?');
    // The letters decide whether it is base64, so they are those of the page.
    const std::string_view attributes = rest_.substr(1 + (closing ? 1 : 0) + name_end, tag.size() - name_end);
    const bool is_layout = declaration ? !MayHoldData(attributes) && attributes.size() <= kLongestComment
                                       : AreLayoutAttributes(attributes);
    if (!is_layout) return false;
    const bool style = name == "style" && !closing;
    Take(end + 1);
    return !style || TakeStyle();
  }

  // Word keeps its settings in comments that only Word reads ("[if gte mso 9]").
  bool TakeComment() {
    const std::size_t end = rest_.find("-->");
    if (end == std::string_view::npos) return false;
    const std::string_view comment = rest_.substr(4, end < 4 ? 0 : end - 4);
    const bool conditional = comment.starts_with("[if ") && comment.ends_with("<![endif]");
    if (MayHoldData(comment) || (!conditional && comment.size() > kLongestComment)) return false;
    if (conditional && HasContentInTags(comment)) return false;
    Take(end + 3);
    return true;
  }

  // Some programs show what is in such a comment.
  static bool HasContentInTags(std::string_view comment) {
    constexpr std::array<std::string_view, 7> kTags{"<img", "<v:image", "<p", "<span", "<div", "<a ", "<td"};
    const std::string lower = LowerCase(comment);
    return std::any_of(kTags.begin(), kTags.end(), [&](auto tag) { return lower.find(tag) != std::string::npos; });
  }

  bool TakeStyle() {
    constexpr std::string_view kEnd = "</style";
    const std::size_t end = lower().find(kEnd);
    if (end == std::string_view::npos || MayHoldData(rest_.substr(0, end))) return false;
    // "content:" of a style shows words.
    if (lower().substr(0, end).find("content:") != std::string_view::npos) return false;
    Take(end);
    return true;
  }

  std::string_view rest_;
  const std::string lower_;
};

}  // namespace

bool IsBlankText(std::string_view text) {
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, length, c);
    if (c < 0 || !IsBlankCharacter(c)) return false;
  }
  return true;
}

bool IsBlankPage(std::string_view page) {
  if (page.starts_with("\xEF\xBB\xBF")) page.remove_prefix(3);
  return page.size() <= kLongestPage && BlankPage(page).Check();
}

bool SaysNothing(std::string_view type, std::string_view content, const std::string& charset) {
  if (content.empty()) return true;
  const std::string text = InUtf8(content, charset);
  return type == "text/html" ? IsBlankPage(text) : IsBlankText(text);
}

}  // namespace gateway::mime
