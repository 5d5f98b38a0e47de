// JSON for a terminal. Text from outside stands in JSON as it is, and a terminal would obey its
// control characters.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gateway::cli {

// Returns several lines, without the last line end. What Printable() would replace is written as
// \uXXXX, which means the same to a reader of JSON.
std::string JsonText(const nlohmann::ordered_json& json);

// Writes to standard output.
void PrintJson(const nlohmann::ordered_json& json);

}  // namespace gateway::cli
