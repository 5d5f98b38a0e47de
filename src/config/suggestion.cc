#include "config/suggestion.h"

#include "base/edit_distance.h"

namespace gateway::config {

std::string Suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view nearest = Nearest(word, candidates);
  return nearest.empty() ? std::string() : "; did you mean '" + std::string(nearest) + "'?";
}

}  // namespace gateway::config
