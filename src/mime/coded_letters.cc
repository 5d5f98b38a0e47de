#include "mime/coded_letters.h"

#include <algorithm>
#include <array>

#include "mime/content_lines.h"
#include "mime/letter_kinds.h"

namespace gateway::mime {
namespace {

// Of 128 pairs of letters in base64, a capital letter follows a small one in 22, and the reverse.
// In 34, one is a digit and the other a letter. 53 end in a capital letter, which the names of
// variables seldom do. Of 10,000 such counts, fewer than ten miss these limits.
constexpr unsigned kPairs = 128;
constexpr unsigned kFewestCapitals = 32;
constexpr unsigned kFewestTurns = 9;
constexpr unsigned kFewestDigits = 14;
constexpr unsigned kMany = 7;  // counts in a row

constexpr std::size_t kShortPiece = 2;      // letters
constexpr std::size_t kLongToken = 60;      // bytes; mail programs break lines that are longer
constexpr std::size_t kFewestLetters = 20;  // of prose
constexpr unsigned kPercentInWords = 60;

// Letters of other alphabets are words, too.
bool IsOfWord(char c) {
  return IsSmall(c) || IsCapital(c) || static_cast<unsigned char>(c) >= 0x80;
}

// Returns whether people write such a word. It has no digit, and no capital letter behind a small
// one.
bool IsWord(std::string_view token) {
  std::size_t letters = 0;
  char before = ' ';
  for (const char c : token) {
    if (IsDigit(c) || (IsCapital(c) && IsSmall(before))) return false;
    letters += IsOfWord(c) ? 1 : 0;
    before = c;
  }
  return letters > 1;
}

std::size_t LettersIn(std::string_view token) {
  return static_cast<std::size_t>(
      std::count_if(token.begin(), token.end(), [](char c) { return IsOfWord(c) || IsDigit(c); }));
}

// Recognizes the fields between the first line of armor and its base64.
bool IsHeaderOfArmor(std::string_view token) {
  constexpr std::array<std::string_view, 5> kFields{"Version:", "Comment:", "Charset:", "Hash:", "MessageID:"};
  return std::find(kFields.begin(), kFields.end(), token) != kFields.end();
}

}  // namespace

void CodedLetters::Take(std::string_view text) {
  if (has_many_) return;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return;
    const std::string_view token = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(token.size());
    TakeToken(token);
  }
}

void CodedLetters::EndLine() {
  EndPiece();
  goes_on_ = is_address_ && goes_on_;
  is_address_ = false;
  tokens_ = 0;
}

bool CodedLetters::IsProse() const {
  return !has_some_ && !has_header_ && letters_ >= kFewestLetters && in_words_ * 100 >= letters_ * kPercentInWords;
}

bool CodedLetters::IsAddress(std::string_view token) {
  const bool is_first = ++tokens_ == 1;
  const bool begins = token.find("://") != std::string_view::npos || token.find('@') != std::string_view::npos ||
                      token.find(";base64,") != std::string_view::npos || token.starts_with("www.");
  is_address_ = begins || (is_first && goes_on_);
  // Only an address that fills its line goes on in the next one.
  goes_on_ = is_address_ && token.size() >= kLongToken && !token.ends_with('>');
  return is_address_;
}

void CodedLetters::TakeToken(std::string_view token) {
  if (IsAddress(token)) return EndPiece();
  has_header_ = has_header_ || IsHeaderOfArmor(token);
  const std::size_t letters = LettersIn(token);
  letters_ += letters;
  if (IsWord(token)) in_words_ += letters;
  EndPiece();
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char c = token[i];
    if (IsSmall(c)) {
      TakeLetter(Kind::small);
    } else if (IsCapital(c)) {
      TakeLetter(Kind::capital);
    } else if (IsDigit(c)) {
      TakeLetter(Kind::digit);
    } else {
      EndPiece();
      // A URL has "%20" for a blank.
      if (c == '%' && i + 2 < token.size() && IsHexDigit(token[i + 1]) && IsHexDigit(token[i + 2])) i += 2;
    }
  }
}

void CodedLetters::TakeLetter(Kind kind) {
  const Kind last = last_;
  last_ = kind;
  ++piece_;
  if (last == Kind::none) return;
  if (last == Kind::small && kind == Kind::capital) ++rises_;
  if (last == Kind::capital && kind == Kind::small) ++falls_;
  if ((last == Kind::digit) != (kind == Kind::digit)) ++digits_;
  if (kind == Kind::capital) ++capitals_;
  if (++pairs_ == kPairs) EndCount();
}

void CodedLetters::EndPiece() {
  if (piece_ == 0) return;
  if (piece_ > kShortPiece) last_ = Kind::none;
  piece_ = 0;
}

void CodedLetters::EndCount() {
  const bool is_coded =
      capitals_ >= kFewestCapitals && rises_ >= kFewestTurns && falls_ >= kFewestTurns && digits_ >= kFewestDigits;
  coded_ = is_coded ? coded_ + 1 : 0;
  has_some_ = has_some_ || is_coded;
  has_many_ = coded_ >= kMany;
  pairs_ = capitals_ = rises_ = falls_ = digits_ = 0;
}

}  // namespace gateway::mime
