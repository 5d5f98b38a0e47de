// The attributes that PS3.6 defines, in the edition that kEdition names. The table is
// data_dictionary.inc. tests/data_dictionary.py makes it, and compares it with the dictionaries of
// pydicom and DCMTK. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/attribute.h"

namespace gateway::attributes {

inline constexpr std::string_view kEdition = "2022a";

struct DictionaryEntry {
  std::uint32_t tag = 0;          // of repeating groups: the first one
  std::string_view keyword;       // PatientName
  std::string_view vr;            // PN; a few attributes have several: "US or SS"
  std::string_view multiplicity;  // 1, 1-n, 2-2n, ...
  std::string_view name;          // Patient's Name
  bool retired = false;
};

// Returns null if the tag is not in the dictionary.
const DictionaryEntry* FindTag(std::uint32_t tag);
const DictionaryEntry* FindKeyword(std::string_view keyword);

// Returns the keyword that is nearest to a misspelt one, or nothing if none is near.
std::string_view NearestKeyword(std::string_view keyword);

// Returns the first VR of an entry ("US" of "US or SS"), or Vr::none.
Vr VrOf(const DictionaryEntry& entry);
// Returns Vr::none for a text that is no VR.
Vr VrFrom(std::string_view two_letters);
std::string_view NameOf(Vr vr);

// Says how values of a VR are compared.
enum class Comparison { text, number, date, time, date_time, age, nothing };
// Returns Comparison::nothing for sequences and for bytes that are no text.
Comparison ComparisonOf(Vr vr);
// Returns whether text of this VR depends on Specific Character Set (PS3.5 section 6.1.2.3).
bool HasCharacterSet(Vr vr);
// Returns whether a backslash separates values in this VR (PS3.5 section 6.4).
bool HasSeveralValues(Vr vr);

}  // namespace gateway::attributes
