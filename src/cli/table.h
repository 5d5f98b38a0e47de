// Columns as wide as what stands in them, for people.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace gateway::cli {

// The first row is the heading. Control characters become '?', so that nothing from outside moves the cursor.
void PrintTable(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace gateway::cli
