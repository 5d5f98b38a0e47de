#include "dicom/character_terms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

struct Named {
  std::string_view key;  // capitals and digits of the term
  CodedSet set;
};

// Terms are found by the registration number, and by other names that people write.
constexpr std::array kByKey{
    Named{"6", CodedSet::ascii},       Named{"100", CodedSet::latin1},
    Named{"101", CodedSet::latin2},    Named{"109", CodedSet::latin3},
    Named{"110", CodedSet::latin4},    Named{"144", CodedSet::cyrillic},
    Named{"127", CodedSet::arabic},    Named{"126", CodedSet::greek},
    Named{"138", CodedSet::hebrew},    Named{"148", CodedSet::latin5},
    Named{"203", CodedSet::latin9},    Named{"166", CodedSet::thai},
    Named{"13", CodedSet::katakana},   Named{"14", CodedSet::katakana},
    Named{"87", CodedSet::jisx0208},   Named{"159", CodedSet::jisx0212},
    Named{"149", CodedSet::ksx1001},   Named{"58", CodedSet::gb2312},
    Named{"192", CodedSet::utf8},      Named{"UTF8", CodedSet::utf8},
    Named{"UNICODE", CodedSet::utf8},  Named{"GB18030", CodedSet::gb18030},
    Named{"GBK", CodedSet::gbk},       Named{"CP936", CodedSet::gbk},
    Named{"GB2312", CodedSet::gbk},    Named{"88591", CodedSet::latin1},
    Named{"885915", CodedSet::latin9}, Named{"LATIN1", CodedSet::latin1},
    Named{"ASCII", CodedSet::ascii},   Named{"USASCII", CodedSet::ascii},
    Named{"88592", CodedSet::latin2},  Named{"88595", CodedSet::cyrillic},
    Named{"88599", CodedSet::latin5},  Named{"WINDOWS1252", CodedSet::latin1},
    Named{"CP1252", CodedSet::latin1},
};

std::string KeyOf(std::string_view term) {
  std::string key;
  for (const char c : term) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) key += c;
    if (c >= 'a' && c <= 'z') key += static_cast<char>(c - 'a' + 'A');
  }
  const auto without = [&key](std::string_view prefix) {
    if (key.starts_with(prefix)) key.erase(0, prefix.size());
  };
  without("ISO");
  if (key.starts_with("2022")) without("2022");
  without("IR");
  return key;
}

bool IsSpelt(std::string_view term, bool extensions) {
  if (term == "GB18030" || term == "GBK") return !extensions;
  return term.starts_with(extensions ? "ISO 2022 IR " : "ISO_IR ") && KeyOf(term) == term.substr(extensions ? 12 : 7);
}

}  // namespace

CharacterSets ParseTerms(std::string_view terms) {
  CharacterSets parsed;
  if (TrimPadding(terms).empty()) return parsed;
  const bool extensions = terms.find('\\') != std::string_view::npos;
  for (std::size_t begin = 0; begin <= terms.size();) {
    const std::size_t end = std::min(terms.find('\\', begin), terms.size());
    const std::string_view term = TrimPadding(terms.substr(begin, end - begin));
    begin = end + 1;
    if (term.empty()) {
      if (parsed.sets.empty()) parsed.sets.push_back(CodedSet::ascii);
      continue;
    }
    const std::string key = KeyOf(term);
    const auto* found =
        std::find_if(kByKey.begin(), kByKey.end(), [&key](const Named& named) { return named.key == key; });
    if (found == kByKey.end()) {
      parsed.unknown = true;
      continue;
    }
    parsed.sets.push_back(found->set);
    parsed.misspelt = parsed.misspelt || !IsSpelt(term, extensions);
  }
  return parsed;
}

const char* ConverterName(CodedSet set) {
  switch (set) {
    case CodedSet::ascii:
      return "US-ASCII";
    case CodedSet::latin1:
      return "ISO-8859-1";
    case CodedSet::latin2:
      return "ISO-8859-2";
    case CodedSet::latin3:
      return "ISO-8859-3";
    case CodedSet::latin4:
      return "ISO-8859-4";
    case CodedSet::cyrillic:
      return "ISO-8859-5";
    case CodedSet::arabic:
      return "ISO-8859-6";
    case CodedSet::greek:
      return "ISO-8859-7";
    case CodedSet::hebrew:
      return "ISO-8859-8";
    case CodedSet::latin5:
      return "ISO-8859-9";
    case CodedSet::latin9:
      return "ISO-8859-15";
    case CodedSet::thai:
      return "TIS-620";
    case CodedSet::katakana:
      return "Shift_JIS";
    case CodedSet::jisx0208:
    case CodedSet::jisx0212:
      return "EUC-JP";
    case CodedSet::ksx1001:
      return "EUC-KR";
    case CodedSet::gb2312:
      return "EUC-CN";
    case CodedSet::utf8:
      return "UTF-8";
    case CodedSet::gb18030:
      return "GB18030";
    case CodedSet::gbk:
      return "GBK";
  }
  return "US-ASCII";
}

bool IsPairSet(CodedSet set) {
  return set == CodedSet::jisx0208 || set == CodedSet::jisx0212 || set == CodedSet::ksx1001 || set == CodedSet::gb2312;
}

bool IsWholeSet(CodedSet set) {
  return set == CodedSet::utf8 || set == CodedSet::gb18030 || set == CodedSet::gbk;
}

bool IsLatin(CodedSet set) {
  switch (set) {
    case CodedSet::ascii:
    case CodedSet::latin1:
    case CodedSet::latin2:
    case CodedSet::latin3:
    case CodedSet::latin4:
    case CodedSet::latin5:
    case CodedSet::latin9:
      return true;
    default:
      return false;
  }
}

}  // namespace gateway::dicom
