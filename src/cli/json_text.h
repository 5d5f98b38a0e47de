// JSON as it may be shown at a terminal: what comes from outside stands in it as it is, and a terminal obeys it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gateway::cli {

// Of several lines, without the last line end. What Printable() would replace is written as \uXXXX, which means the
// same to whoever reads JSON.
std::string JsonText(const nlohmann::ordered_json& json);

// To standard output.
void PrintJson(const nlohmann::ordered_json& json);

}  // namespace gateway::cli
