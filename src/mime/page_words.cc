#include "mime/page_words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/files.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "mime/character_names.h"
#include "mime/html_text.h"

namespace gateway::mime {
namespace {

// A browser does not show these. Outlook's numbers and bullets of lists are not in the plain text
// as they are in the page.
struct Hidden {
  std::string_view begin;
  std::string_view end;
  std::size_t most;  // bytes; a longer one is shown
};
constexpr std::size_t kAnyLength = static_cast<std::size_t>(-1);
constexpr std::size_t kLongestBullet = 400;
constexpr std::array<Hidden, 5> kHidden{{{"<style", "</style>", kAnyLength},
                                         {"<script", "</script>", kAnyLength},
                                         {"<title", "</title>", kAnyLength},
                                         {"<!--", "-->", kAnyLength},
                                         {"<![if !supportlists]>", "<![endif]>", kLongestBullet}}};

// Removes those elements of a page that no browser shows.
std::string WithoutHidden(std::string_view page) {
  const std::string lower = LowerCase(page);
  std::string shown;
  std::array<bool, kHidden.size()> has_end;  // an end may still follow; it is not looked for twice in vain
  has_end.fill(true);
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t tag = std::min(lower.find('<', at), page.size());
    shown += page.substr(at, tag - at);
    at = tag;
    const std::string_view rest = std::string_view(lower).substr(at);
    const auto hidden =
        std::find_if(kHidden.begin(), kHidden.end(), [&](auto one) { return rest.starts_with(one.begin); });
    const auto kind = static_cast<std::size_t>(hidden - kHidden.begin());
    const bool is_hidden = hidden != kHidden.end() && has_end[kind];
    const std::size_t end = is_hidden ? rest.substr(0, hidden->most).find(hidden->end) : std::string_view::npos;
    if (end != std::string_view::npos) {
      at += end + hidden->end.size();
      continue;
    }
    if (is_hidden && hidden->most == kAnyLength) has_end[kind] = false;
    if (at < page.size()) shown += page[at++];
  }
  return shown;
}

// Replaces those references whose characters are not ASCII. The others may stand for "<".
std::string WithCharacters(std::string_view page) {
  constexpr std::size_t kLongest = 12;
  std::string text;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = page[at] == '&' ? page.substr(at, kLongest).find(';') : std::string_view::npos;
    const auto character = end == std::string_view::npos ? std::nullopt : CharacterNamed(page.substr(at + 1, end - 1));
    if (character) {
      text += *character;
      at += end + 1;
    } else {
      text += page[at++];
    }
  }
  return text;
}

bool IsOfWord(UChar32 c) {
  return u_isalnum(c) != 0 || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

constexpr unsigned kMostSymbols = 50;

// Word writes smileys and arrows as single letters of a font for symbols, and other signs into the
// plain text.
bool IsSymbol(std::string_view word) {
  constexpr std::array<std::string_view, 10> kLetters{"j", "k",        "l",        "n",        "o",
                                                      "q", "\xC3\xA0", "\xC3\xBC", "\xC3\xB8", "f"};
  return std::find(kLetters.begin(), kLetters.end(), word) != kLetters.end();
}

}  // namespace

std::string InUtf8(std::string_view text, const std::string& charset) {
  std::optional<std::string> utf8;
  if (!charset.empty()) utf8 = ToUtf8(text, charset.c_str());
  if (!utf8 && ValidUtf8Prefix(text) == text.size()) utf8 = text;
  if (!utf8) utf8 = ToUtf8(text, "windows-1252");
  return utf8 ? std::move(*utf8) : std::string(text);
}

std::string ShownText(std::string_view page) {
  const std::string readable = WithCharacters(WithoutHidden(page));
  std::string text(readable.size() + 1, '\0');
  HtmlTextSource source(std::make_unique<StringSource>(readable));
  const Result<std::size_t> filled = ReadFully(source, text);
  text.resize(filled ? *filled : 0);
  return text;
}

std::string WordsOf(std::string_view text) {
  UErrorCode failure = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCCasefoldInstance(failure);
  icu::UnicodeString folded = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  if (U_SUCCESS(failure)) folded = form->normalize(folded, failure);
  icu::UnicodeString words;
  bool in_word = false;
  for (std::int32_t at = 0; at < folded.length(); at = folded.moveIndex32(at, 1)) {
    const UChar32 c = folded.char32At(at);
    const bool is_of_word = IsOfWord(c);
    if (is_of_word) words.append(c);
    if (in_word && !is_of_word) words.append(u' ');
    in_word = is_of_word;
  }
  if (in_word) words.append(u' ');
  std::string utf8;
  words.toUTF8String(utf8);
  return utf8;
}

bool SaysTheSame(std::string_view page, std::string_view text) {
  // A page may hold files in its links.
  if (page.find(";base64,") != std::string_view::npos) return false;
  // A mail program may break or join words, but it keeps their letters.
  std::string letters = WordsOf(text);
  std::erase(letters, ' ');
  const std::string shown = WordsOf(ShownText(page));
  std::size_t at = 0;
  unsigned symbols = 0;
  for (std::string_view words = shown; !words.empty();) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(word.size() + 1);
    const std::size_t found = letters.find(word, at);
    const bool is_there = found != std::string::npos;
    if (!is_there && (!IsSymbol(word) || ++symbols > kMostSymbols)) return false;
    if (is_there) at = found + word.size();
  }
  return true;
}

}  // namespace gateway::mime
