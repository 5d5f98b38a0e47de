// Knows the defined terms of Specific Character Set (PS3.3 section C.12.1.1.2), and how people
// misspell them. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::dicom {

// A coded character set. ISO registration numbers name most of them.
enum class CodedSet {
  ascii,     // IR 6
  latin1,    // IR 100
  latin2,    // IR 101
  latin3,    // IR 109
  latin4,    // IR 110
  cyrillic,  // IR 144
  arabic,    // IR 127
  greek,     // IR 126
  hebrew,    // IR 138
  latin5,    // IR 148
  latin9,    // IR 203
  thai,      // IR 166
  katakana,  // IR 13, with IR 14 (romaji) below it
  jisx0208,  // IR 87
  jisx0212,  // IR 159
  ksx1001,   // IR 149
  gb2312,    // IR 58
  utf8,      // IR 192
  gb18030,
  gbk,
};

struct CharacterSets {
  std::vector<CodedSet> sets;  // one for each value; an empty first value is ascii; none: the attribute is absent
  bool misspelt = false;       // a value is misspelt, but was read
  bool unknown = false;        // a value names no character set
};

// `terms` are the values, separated by backslashes.
CharacterSets ParseTerms(std::string_view terms);

// Returns ICU's name for the set. For sets of byte pairs this is the EUC form, in which each byte
// of a pair is above 0x80.
const char* ConverterName(CodedSet set);

// Returns whether several bytes make a character, and escape sequences lead to the set.
bool IsPairSet(CodedSet set);
// Returns whether the whole value is in this set, without any escape sequence.
bool IsWholeSet(CodedSet set);
// Returns whether the set has the letters of western and central Europe. No text in such a set
// looks by chance like UTF-8 with characters of several bytes.
bool IsLatin(CodedSet set);

}  // namespace gateway::dicom
