// Converts text between bytes and UTF-8, by coded sets that are known. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/character_terms.h"

namespace gateway::dicom {

// Returns nullopt if some byte is not in these sets. Escape sequences lead to any set, whether it
// is declared or not. With `person_name`, "^" and "=" also end what an escape sequence began, as a
// backslash always does (PS3.5 section 6.1.2.5.3).
std::optional<std::string> Decode(std::string_view value, const std::vector<CodedSet>& sets, bool person_name);

// Returns nullopt if some character is not in the set.
std::optional<std::string> Encode(std::string_view utf8, CodedSet set);

void LoadConverters();

}  // namespace gateway::dicom
