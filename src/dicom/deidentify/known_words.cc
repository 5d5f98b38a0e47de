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
  while (end < value.size() && (IsDigit(value[end]) || IsLetter(value[end]))) ++end;
  const bool number = std::ranges::all_of(value.substr(at, end - at), IsDigit);
  while (number && end + 1 < value.size() && Joins(value[end]) && IsDigit(value[end + 1])) {
    ++end;
    while (end < value.size() && (IsDigit(value[end]) || IsLetter(value[end]))) ++end;
  }
  return end;
}

// At most two numbers of at most three digits.
bool IsHarmlessNumber(std::string_view token) {
  int numbers = 0;
  while (true) {
    const std::size_t end = std::min(token.find_first_of(".,/-:_+"), token.size());
    const std::string_view number = token.substr(0, end);
    if (number.empty() || number.size() > 3 || !std::ranges::all_of(number, IsDigit) || ++numbers > 2) return false;
    if (end == token.size()) return true;
    if (token[end] != '.' && token[end] != ',') return false;  // 12/03 can be a day
    token.remove_prefix(end + 1);
  }
}

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

std::string KnownWords::CleanOne(std::string_view value, const std::string& defined_terms) const {
  std::string kept;
  std::size_t at = 0;
  while (at < value.size()) {
    if (!IsDigit(value[at]) && !IsLetter(value[at])) {
      ++at;
      continue;
    }
    const std::size_t end = EndOfToken(value, at);
    const std::string_view token = value.substr(at, end - at);
    const bool number = std::ranges::any_of(token, IsDigit) && std::ranges::none_of(token, IsLetter);
    if (number ? IsHarmlessNumber(token) : Knows(token, defined_terms)) {
      if (!kept.empty()) kept += ' ';
      kept += token;
    }
    at = end;
  }
  return kept;
}

std::string KnownWords::Clean(std::string_view value, const std::string& defined_terms) const {
  if (!HasPlainBytes(value, defined_terms)) return {};
  std::string cleaned;
  bool any = false;
  while (true) {
    const std::size_t end = value.find('\\');
    const std::string one = CleanOne(value.substr(0, end), defined_terms);
    any = any || !one.empty();
    cleaned += one;
    if (end == std::string_view::npos) return any ? cleaned : std::string();
    cleaned += '\\';
    value.remove_prefix(end + 1);
  }
}

}  // namespace gateway::dicom
