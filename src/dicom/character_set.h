// Reads text of data sets as UTF-8 (PS3.3 section C.12.1.1.2 Specific Character Set, PS3.5 section
// 6.1.2.5).
//
// It uses ICU's converters, one for each coded set as ISO 2022 demands, and reads the escape
// sequences itself. Debian's DCMTK uses glibc's iconv instead. That reads no G1 set by escape
// sequence and repairs no term. It also loads its converters from files, which a sandboxed process
// may not do. ICU's data are in a shared library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/instance.h"

namespace gateway::dicom {

// This is what `dicom.default_character_set` of the configuration is if nobody sets it.
inline constexpr std::string_view kUsualCharacterSet = "ISO_IR 100";

using Reading = TextReading;
// Returns the word for the log: "as-declared", "misspelt", ...
std::string_view NameOf(Reading reading);

// Converts the values of one data set, whose Specific Character Set is `defined_terms` (values
// separated by backslashes). It reads text as a good viewer does. It repairs a misspelt term. Text
// without a term, or not in the set that the term names, is read as UTF-8 if it is valid UTF-8, and
// otherwise in `default_set`. If nothing fits, the ASCII characters stay and every other byte
// becomes "?". Control characters become "?" as well. The result is in normalisation form C. Not
// thread-safe.
class TextConverter {
 public:
  explicit TextConverter(std::string defined_terms, std::string_view default_set = kUsualCharacterSet)
      : defined_terms_(std::move(defined_terms)), default_set_(default_set) {}
  [[nodiscard]] std::string ToUtf8(std::string_view value, bool person_name);
  // Does the same, but leaves control characters and the normalisation form as they are, for text
  // that is written again.
  [[nodiscard]] std::string Convert(std::string_view value, bool person_name);
  // Returns the worst reading of all values so far.
  [[nodiscard]] Reading reading() const { return reading_; }

 private:
  std::string defined_terms_;
  std::string default_set_;
  Reading reading_ = Reading::as_declared;
};

// Writes `text` in the character set that these terms name, for an element of one value. Characters
// that the set cannot express, or that need code extensions, become "?".
std::string FromUtf8(std::string_view text, const std::string& defined_terms);

// Does the same without "?": returns nullopt if the set cannot express the text. With several terms
// this is so for everything beyond the first of them, because no code extensions are written.
std::optional<std::string> ExactlyFromUtf8(std::string_view text, const std::string& defined_terms);

// Returns whether `text` is printable ASCII, so that nothing in it depends on the character set.
bool IsPlainAscii(std::string_view text);

// Returns false if `defined_term` does not name a set in which text without a character set can be
// read.
bool IsCharacterSet(const std::string& defined_term);
// Loads every converter that may be needed, so that later conversions open no file, and forbids ICU
// to look for files.
void LoadCharacterSets();

}  // namespace gateway::dicom
