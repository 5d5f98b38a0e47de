// Reads a table of pseudonyms (docs/deidentification.md).
#pragma once

#include <string_view>
#include <vector>

#include "config/section.h"
#include "gateway/settings/deidentify.h"

namespace gateway::config {

// Reads the CSV file that `key` names. Reports each mistake in it with its line.
std::vector<PatientPseudonym> ReadPseudonymTable(Section& section, std::string_view key);

}  // namespace gateway::config
