// Reads `edit:` of a rule.
#pragma once

#include <vector>

#include "config/section.h"
#include "gateway/edit.h"

namespace gateway::config {

// Reports every edit that could never be made, with its line. Tables and secrets are read here.
void ReadEdits(Section& rule, std::vector<Edit>& edits);

}  // namespace gateway::config
