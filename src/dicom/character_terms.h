// The defined terms of Specific Character Set (PS3.3 section C.12.1.1.2), and how they are misspelt. Private to this
// folder.
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
  std::vector<CodedSet> sets;  // one a value; an empty first value is ascii; none: the attribute is absent
  bool misspelt = false;       // read all the same
  bool unknown = false;        // a value names nothing
};

// `terms`: the values, separated by backslash.
CharacterSets ParseTerms(std::string_view terms);

// What ICU calls it. For sets of pairs of bytes: the EUC form, in which each byte of a pair is above 0x80.
const char* ConverterName(CodedSet set);

// Several bytes make a character, and escape sequences lead to it.
bool IsPairSet(CodedSet set);
// The whole value is in it, without any escape sequence.
bool IsWholeSet(CodedSet set);
// Letters of western and central Europe: no text in it looks like UTF-8 of more than one byte by chance.
bool IsLatin(CodedSet set);

}  // namespace gateway::dicom
