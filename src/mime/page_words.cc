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
#include "mime/letter_kinds.h"

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

constexpr UChar32 kPlusMinus = 0xB1;
constexpr UChar32 kAtMost = 0x2264;
constexpr UChar32 kAtLeast = 0x2265;

// Mail programs write the minus, the hyphen and the apostrophe in several ways.
UChar32 UsualForm(UChar32 c) {
  constexpr std::array<UChar32, 5> kDashes{0x2010, 0x2011, 0x2012, 0x2013, 0x2212};
  constexpr UChar32 kApostrophe = 0x2019;
  if (std::find(kDashes.begin(), kDashes.end(), c) != kDashes.end()) return '-';
  return c == kApostrophe ? '\'' : c;
}

// A sign in a text, and what stands around it. A blank stands before and behind the whole text.
struct Sign {
  UChar32 sign = 0;
  UChar32 before = 0;
  UChar32 after = 0;
  bool before_number = false;  // also behind blanks, and in bold letters
};

Sign SignAt(const icu::UnicodeString& text, std::int32_t at) {
  constexpr int kFarthest = 4;  // characters
  constexpr std::string_view kBetween = " \t\r\n*_+-.";
  const auto character = [&](std::int32_t place) {
    return place >= 0 && place < text.length() ? UsualForm(text.char32At(place)) : UChar32{' '};
  };
  std::int32_t next = text.moveIndex32(at, 1);
  Sign found{character(at), character(at > 0 ? text.moveIndex32(at, -1) : -1), character(next)};
  for (int i = 0; i < kFarthest && !found.before_number; ++i, next = text.moveIndex32(next, 1)) {
    const UChar32 c = character(next);
    found.before_number = u_isdigit(c) != 0;
    if (c >= 0x80 || kBetween.find(static_cast<char>(c)) == std::string_view::npos) break;
  }
  return found;
}

// Returns whether the sign says as much as a letter: "-5", "<5", "1,5" and "HIV -" mean something
// else without it. A hyphen, a bracket, the end of a sentence and the mark of a quotation do not.
bool IsSignOfWord(const Sign& at, bool in_quotation) {
  const bool behind_digit = u_isdigit(at.before) != 0;
  const bool before_digit = u_isdigit(at.after) != 0;
  const bool alone = !IsOfWord(at.before) && !IsOfWord(at.after) && at.before != at.sign && at.after != at.sign;
  switch (at.sign) {
    case '+':
    case kPlusMinus:
    case kAtMost:
    case kAtLeast:
      return true;
    case '-':
      return alone || behind_digit || (before_digit && u_isalpha(at.before) == 0);
    case '<':
      return at.before_number || (alone && at.after == ' ');
    case '>':
      return at.before_number || (alone && at.after == ' ' && !in_quotation);
    case ',':
    case '.':
      return before_digit && u_isalpha(at.before) == 0;
    case '\'':
      return behind_digit && before_digit;
    default:
      return false;
  }
}

constexpr unsigned kMostSymbols = 50;

// Word writes smileys and arrows as single letters of a font for symbols, and other signs into the
// plain text.
bool IsSymbol(std::string_view word) {
  constexpr std::array<std::string_view, 10> kLetters{"j", "k",        "l",        "n",        "o",
                                                      "q", "\xC3\xA0", "\xC3\xBC", "\xC3\xB8", "f"};
  return std::find(kLetters.begin(), kLetters.end(), word) != kLetters.end();
}

// Looks for the words of a page in those of a text. Both are results of WordsOf().
class Comparison {
 public:
  Comparison(std::string_view page, std::string_view text)
      : page_(page), text_(text), steps_(kMostSteps * (page.size() + text.size())) {}

  // Returns whether all words of the page follow in the text.
  bool Finish() {
    unsigned symbols = 0;
    while (!page_.empty()) {
      if (TakeAt(0)) continue;
      const std::string_view word = page_.substr(0, page_.find(' '));
      if (IsSymbol(word) && ++symbols <= kMostSymbols) {
        page_.remove_prefix(word.size() + 1);
      } else if (!TakeLater()) {
        return false;
      }
    }
    return true;
  }

 private:
  // So many letters may be compared for each one of both texts. Only hostile ones need more.
  static constexpr std::size_t kMostSteps = 16;

  // Takes the next words of both if the same letters stand there, up to a place where a word ends
  // in both. So each word is whole. A page and a text may divide it in different places, but nobody
  // divides a number.
  bool TakeAt(std::size_t start) {
    std::size_t page = 0;
    std::size_t text = start;
    while (page < page_.size() && text < text_.size() && steps_ > 0) {
      --steps_;
      const bool page_ends = page_[page] == ' ';
      const bool text_ends = text_[text] == ' ';
      if (page_ends && text_ends) {
        page_.remove_prefix(page + 1);
        text_.remove_prefix(text + 1);
        return true;
      }
      if (page_ends || text_ends) {
        const std::string_view divided = page_ends ? page_.substr(page) : text_.substr(text);
        const char before = page_ends ? page_[page - 1] : text_[text - 1];
        if (IsDigit(before) && divided.size() > 1 && IsDigit(divided[1])) return false;
        page += page_ends ? 1 : 0;
        text += text_ends ? 1 : 0;
      } else if (page_[page++] != text_[text++]) {
        return false;
      }
    }
    return false;
  }

  // Does the same for the next word of the text at which that is possible.
  bool TakeLater() {
    for (std::size_t end = text_.find(' '); end != std::string_view::npos; end = text_.find(' ', end + 1)) {
      if (TakeAt(end + 1)) return true;
      if (steps_ == 0) return false;
    }
    return false;
  }

  std::string_view page_;  // from the next word on
  std::string_view text_;  // behind the last word that was found
  std::size_t steps_;      // how many may follow
};

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
  bool in_quotation = true;  // nothing but marks of a quotation stands in the line so far
  const auto end_word = [&] {
    if (in_word) words.append(u' ');
    in_word = false;
  };
  for (std::int32_t at = 0; at < folded.length(); at = folded.moveIndex32(at, 1)) {
    const UChar32 c = UsualForm(folded.char32At(at));
    if (c == '^') continue;  // Thunderbird writes raised digits so: "10^9"
    const bool compares = c == '<' || c == '>';
    const bool is_of_word = IsOfWord(c) || IsSignOfWord(SignAt(folded, at), in_quotation);
    // The address of a link may follow a word without a blank.
    if (!is_of_word || compares) end_word();
    if (is_of_word) words.append(c);
    in_word = is_of_word;
    in_quotation = c == '\n' || (in_quotation && (c == '>' || u_isUWhiteSpace(c) != 0));
    if (in_quotation) end_word();
  }
  end_word();
  std::string utf8;
  words.toUTF8String(utf8);
  return utf8;
}

bool SaysTheSame(std::string_view page, std::string_view text) {
  // A page may hold files in its links.
  if (page.find(";base64,") != std::string_view::npos) return false;
  const std::string of_page = WordsOf(ShownText(page));
  const std::string of_text = WordsOf(text);
  return Comparison(of_page, of_text).Finish();
}

}  // namespace gateway::mime
