// Reads a table that says what to blank in which images (docs/deidentification.md).
#pragma once

#include <string_view>
#include <vector>

#include "config/section.h"
#include "gateway/settings/deidentify.h"

namespace gateway::config {

// Reads the YAML file that `key` names. Reports each mistake in it with its line.
std::vector<PixelRule> ReadPixelTable(Section& section, std::string_view key);

}  // namespace gateway::config
