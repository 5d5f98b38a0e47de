// Finds the known word that is nearest to a mistyped one.
#pragma once

#include <string_view>
#include <vector>

namespace gateway {

// Returns nothing if no candidate is near enough to be meant.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gateway
