// Text of data sets as UTF-8 (PS3.3 section C.12.1.1.2 Specific Character Set, PS3.5 section 6.1.2.5).
//
// By ICU's converters: one for each coded set, as ISO 2022 wants it, since the escape sequences are read here. DCMTK of
// Debian has glibc's iconv, which reads no G1 set by escape sequence, repairs no term, and loads its converters from
// files, which a sandboxed process may not do; ICU's data are in a shared library.
#pragma once

#include <string>
#include <string_view>

#include "gateway/instance.h"

namespace gateway::dicom {

using Reading = TextReading;
// For the log: "as-declared", "misspelt", ...
std::string_view NameOf(Reading reading);

// Converts the values of one data set whose Specific Character Set is `defined_terms` (values separated by backslash).
// A good viewer is the measure: a misspelt term is repaired; what has none, or is not in what it says, is UTF-8 where
// it is valid UTF-8, and otherwise DefaultCharacterSet(). What cannot be converted at all keeps its ASCII; every other
// byte becomes "?". Control characters become "?" as well. The result is in normalisation form C. Not thread-safe.
class TextConverter {
 public:
  explicit TextConverter(std::string defined_terms) : defined_terms_(std::move(defined_terms)) {}
  [[nodiscard]] std::string ToUtf8(std::string_view value, bool person_name);
  // The worst of all values so far.
  [[nodiscard]] Reading reading() const { return reading_; }

 private:
  std::string defined_terms_;
  Reading reading_ = Reading::as_declared;
};

// `text` in the character set that these terms name, for an element of one value. What the set cannot express, and what
// needs code extensions, becomes "?".
std::string FromUtf8(std::string_view text, const std::string& defined_terms);

// Nothing in `text` depends on the character set: printable ASCII.
bool IsPlainAscii(std::string_view text);

// False: `defined_term` names none that text without a character set can be read as.
bool IsCharacterSet(const std::string& defined_term);
// Once, before there are threads; ISO_IR 100 until then.
void SetDefaultCharacterSet(const std::string& defined_term);
const std::string& DefaultCharacterSet();

// Loads every converter that may be needed, so that later conversions open no file, and forbids ICU to look for any.
void LoadCharacterSets();

}  // namespace gateway::dicom
