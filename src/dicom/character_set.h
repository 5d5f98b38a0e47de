// Text of data sets as UTF-8 (PS3.3 section C.12.1.1.2 Specific Character Set).
#pragma once

#include <string>
#include <string_view>

namespace gateway::dicom {

// Converts the values of one data set whose Specific Character Set is `defined_terms` (values separated by backslash).
// What cannot be converted keeps its ASCII; every other byte becomes "?". Control characters become "?" as well.
class TextConverter {
 public:
  explicit TextConverter(std::string defined_terms) : defined_terms_(std::move(defined_terms)) {}
  [[nodiscard]] std::string ToUtf8(std::string_view value, bool person_name) const;

 private:
  std::string defined_terms_;
};

// `text` in the character set that these terms name, for an element of one value. What the set cannot express, and what
// needs code extensions, becomes "?".
std::string FromUtf8(std::string_view text, const std::string& defined_terms);

// Nothing in `text` depends on the character set: printable ASCII.
bool IsPlainAscii(std::string_view text);

// Loads the converters of every character set DICOM defines, so that later conversions open no file: glibc's iconv
// loads them from disk, which a sandboxed process may not do.
void LoadCharacterSets();

}  // namespace gateway::dicom
