// "did you mean": the known word that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::config {

// "; did you mean 'quiet_period'?", or nothing when no candidate is near.
std::string Suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gateway::config
