#include "dicom/character_set.h"

#include <algorithm>
#include <optional>

#include "base/unicode.h"
#include "base/utf8.h"
#include "dicom/character_terms.h"
#include "dicom/text_decoder.h"

namespace gateway::dicom {
namespace {

bool IsHigh(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

// Returns whether this is valid UTF-8 with more than ASCII, and without any escape sequence.
bool IsRealUtf8(std::string_view value) {
  return std::any_of(value.begin(), value.end(), IsHigh) && value.find('\x1B') == std::string_view::npos &&
         ValidUtf8Prefix(value) == value.size();
}

// Replaces control characters, including U+0080 to U+009F.
std::string WithoutControls(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte < 0x20 || byte == 0x7F) text[i] = '?';
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) text.replace(i, 2, "?");
  }
  return text;
}

std::string AsciiOf(std::string_view value) {
  std::string ascii(value);
  std::replace_if(ascii.begin(), ascii.end(), IsHigh, '?');
  return ascii;
}

struct Read {
  std::string utf8;
  Reading reading;
};

Read ReadValue(std::string_view value, const CharacterSets& declared, const std::string& default_set,
               bool person_name) {
  const bool says_nothing =
      std::all_of(declared.sets.begin(), declared.sets.end(), [](CodedSet set) { return set == CodedSet::ascii; });
  const Reading otherwise = declared.unknown ? Reading::unknown_term
                            : says_nothing   ? Reading::undeclared
                                             : Reading::not_as_declared;
  // Text in a Latin set is never valid UTF-8 by chance, so such text was declared wrongly.
  const bool maybe_utf8 = says_nothing || IsLatin(declared.sets.front());
  if (maybe_utf8 && IsRealUtf8(value)) return {std::string(value), otherwise};
  if (!declared.sets.empty()) {
    if (auto utf8 = Decode(value, declared.sets, person_name)) {
      return {*std::move(utf8), declared.misspelt  ? Reading::misspelt
                                : declared.unknown ? Reading::unknown_term
                                                   : Reading::as_declared};
    }
  }
  if (IsRealUtf8(value)) return {std::string(value), otherwise};
  if (auto utf8 = Decode(value, ParseTerms(default_set).sets, person_name)) return {*std::move(utf8), otherwise};
  return {AsciiOf(value), otherwise};
}

}  // namespace

std::string_view NameOf(Reading reading) {
  switch (reading) {
    case Reading::as_declared:
      return "as-declared";
    case Reading::misspelt:
      return "misspelt";
    case Reading::undeclared:
      return "undeclared";
    case Reading::unknown_term:
      return "unknown-term";
    case Reading::not_as_declared:
      break;
  }
  return "not-as-declared";
}

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

std::string TextConverter::ToUtf8(std::string_view value, bool person_name) {
  if (IsPlainAscii(value)) return std::string(value);
  Read read = ReadValue(value, ParseTerms(defined_terms_), default_set_, person_name);
  reading_ = std::max(reading_, read.reading);
  return Nfc(WithoutControls(std::move(read.utf8)));
}

std::string TextConverter::Convert(std::string_view value, bool person_name) {
  if (IsPlainAscii(value)) return std::string(value);
  Read read = ReadValue(value, ParseTerms(defined_terms_), default_set_, person_name);
  reading_ = std::max(reading_, read.reading);
  return std::move(read.utf8);
}

std::optional<std::string> ExactlyFromUtf8(std::string_view text, const std::string& defined_terms) {
  if (std::none_of(text.begin(), text.end(), IsHigh)) return std::string(text);
  const CharacterSets declared = ParseTerms(defined_terms);
  // Other readers would read the bytes in another set, or not at all.
  if (declared.unknown || declared.misspelt || declared.sets.empty()) return std::nullopt;
  return Encode(text, declared.sets.front());
}

std::string FromUtf8(std::string_view text, const std::string& defined_terms) {
  if (IsPlainAscii(text)) return std::string(text);
  const std::vector<CodedSet> sets = ParseTerms(defined_terms).sets;
  if (sets.size() == 1) {
    if (auto encoded = Encode(text, sets.front())) return *std::move(encoded);
  }
  std::string ascii;
  for (const char32_t c : DecodeUtf8(text, text.size())) ascii += c >= 0x20 && c < 0x7F ? static_cast<char>(c) : '?';
  return ascii;
}

bool IsCharacterSet(const std::string& defined_term) {
  const CharacterSets parsed = ParseTerms(defined_term);
  return !parsed.unknown && !parsed.misspelt && !parsed.sets.empty();
}

void LoadCharacterSets() {
  LoadConverters();
  (void)Nfc("\xC3\xA4");
}

}  // namespace gateway::dicom
