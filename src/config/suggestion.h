// Finds the known word that is nearest to a mistyped one, for "did you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::config {

// Returns "; did you mean 'quiet_period'?", or nothing if no candidate is near.
std::string Suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gateway::config
