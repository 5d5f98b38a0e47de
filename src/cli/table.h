// Prints columns for people, each as wide as its content.
#pragma once

#include <string>
#include <vector>

#include "cli/output.h"

namespace gateway::cli {

// The first row is the heading. A line end in a cell becomes '?'.
void PrintTable(Output& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace gateway::cli
