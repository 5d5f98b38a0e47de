#include "dicom/deidentify/known_words.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/unicode.h"
#include "dicom/character_set.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

// English, German, and the abbreviations of protocols. One-letter words say nothing about anybody.
constexpr std::string_view kWords =
#include "dicom/deidentify/tables/words.inc"
    ;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool IsWordByte(char c) {
  return IsDigit(c) || IsLetter(c);
}

// Levels of the spine, weightings and kernels: L5, T2, B31f, 3D.
bool IsShortCode(std::string_view word) {
  if (word.size() > 4) return false;
  const auto digits = std::ranges::count_if(word, IsDigit);
  const auto letters = std::ranges::count_if(word, IsLetter);
  return digits >= 1 && digits <= 2 && letters >= 1 && letters <= 2 && digits + letters == std::ssize(word);
}

// In these sets a byte of a character can look like ASCII, so words cannot be found by their bytes.
bool HasPlainBytes(std::string_view value, const std::string& defined_terms) {
  if (value.find('\x1B') != std::string_view::npos) return false;
  const bool ascii = std::ranges::all_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ||
         (defined_terms.find("GB") == std::string::npos && defined_terms.find("ISO 2022") == std::string::npos &&
          defined_terms.find("ISO_IR 13") == std::string::npos);
}

// Between the digits of one number, date or identifier.
bool Joins(char c) {
  return c == '.' || c == ',' || c == '/' || c == '-' || c == ':' || c == '_' || c == '+';
}

// The end of the word, or of the chain of numbers, that starts at `at`.
std::size_t EndOfToken(std::string_view value, std::size_t at) {
  std::size_t end = at;
  while (end < value.size() && IsWordByte(value[end])) ++end;
  const bool number = std::ranges::all_of(value.substr(at, end - at), IsDigit);
  while (number && end + 1 < value.size() && Joins(value[end]) && IsDigit(value[end + 1])) {
    ++end;
    while (end < value.size() && IsWordByte(value[end])) ++end;
  }
  return end;
}

// Returns whether a number starts at `at`, and not a word such as 3D.
bool IsNumberAt(std::string_view value, std::size_t at) {
  while (at < value.size() && IsDigit(value[at])) ++at;
  return at == value.size() || !IsLetter(value[at]);
}

// The end of the numbers that start at `at` with no word between them. People write telephone
// numbers, identifiers and dates in groups, so only the whole tells what it is. `is_number` says
// whether the token at an offset is one.
template <typename IsNumber>
std::size_t EndOfNumbers(std::string_view value, std::size_t at, const IsNumber& is_number) {
  while (true) {
    const std::size_t end = EndOfToken(value, at);
    at = end;
    while (at < value.size() && !IsWordByte(value[at])) ++at;
    if (at == value.size() || !is_number(at)) return end;
  }
}

// At most two numbers of at most three digits.
bool AreHarmless(std::string_view numbers) {
  int count = 0;
  std::size_t digits = 0;
  for (const char c : numbers) {
    if (IsDigit(c)) {
      if (digits == 0) ++count;
      if (++digits > 3 || count > 2) return false;
    } else {
      if (c != ' ' && c != '.' && c != ',') return false;  // 12/03 can be a day
      digits = 0;
    }
  }
  return true;
}

// Joins what stays, with one space between the parts of a value.
class Kept {
 public:
  void Add(std::string_view part) {
    if (in_value_) text_ += ' ';
    text_ += part;
    in_value_ = any_ = true;
  }
  // Numbers that may not stay leave the backslashes between them, so that the values stay as many.
  void AddNumbers(std::string_view numbers, bool stay) {
    for (std::size_t at = 0; at < numbers.size();) {
      const std::size_t end = IsDigit(numbers[at]) ? EndOfToken(numbers, at) : at + 1;
      if (numbers[at] == '\\') EndValue();
      if (stay && IsDigit(numbers[at])) Add(numbers.substr(at, end - at));
      at = end;
    }
  }
  void EndValue() {
    text_ += '\\';
    in_value_ = false;
  }
  [[nodiscard]] bool any() const { return any_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool in_value_ = false;
  bool any_ = false;
};

}  // namespace

KnownWords::KnownWords(const std::vector<std::string>& more) {
  std::size_t at = 0;
  while ((at = kWords.find_first_not_of(" \n", at)) != std::string_view::npos) {
    const std::size_t end = std::min(kWords.find_first_of(" \n", at), kWords.size());
    words_.emplace(kWords.substr(at, end - at));
    at = end;
  }
  for (const std::string& word : more) words_.insert(LowerCase(Nfc(word)));
}

bool KnownWords::Knows(std::string_view word, const std::string& defined_terms) const {
  if (word.size() == 1 || IsShortCode(word)) return true;
  TextConverter converter(defined_terms);
  return words_.contains(LowerCase(converter.ToUtf8(word, false)));
}

std::string KnownWords::Clean(std::string_view value, const std::string& defined_terms) const {
  if (!HasPlainBytes(value, defined_terms)) return {};
  // The site's own words may look like 1.5T.
  const auto is_number = [&](std::size_t start) {
    const std::string_view token = value.substr(start, EndOfToken(value, start) - start);
    return IsNumberAt(value, start) && !(std::ranges::any_of(token, IsLetter) && Knows(token, defined_terms));
  };
  Kept kept;
  std::size_t at = 0;
  while (at < value.size()) {
    if (!IsWordByte(value[at])) {
      if (value[at++] == '\\') kept.EndValue();
      continue;
    }
    const bool numbers = is_number(at);
    const std::size_t end = numbers ? EndOfNumbers(value, at, is_number) : EndOfToken(value, at);
    const std::string_view part = value.substr(at, end - at);
    if (numbers) {
      kept.AddNumbers(part, AreHarmless(part));
    } else if (Knows(part, defined_terms)) {
      kept.Add(part);
    }
    at = end;
  }
  return kept.any() ? kept.text() : std::string();
}

}  // namespace gateway::dicom
