#include "base/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gateway {
namespace {

// Returns Levenshtein's distance, which counts insertions, deletions and substitutions.
std::size_t Distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t substituted = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({substituted, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

std::size_t Difference(std::size_t a, std::size_t b) {
  return a < b ? b - a : a - b;
}

}  // namespace

std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > 64) return {};
  std::size_t best = 1 + word.size() / 3;  // a word that is further away is another word
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    if (Difference(word.size(), candidate.size()) > best) continue;
    const std::size_t distance = Distance(word, candidate);
    if (distance >= candidate.size() || distance > best || (distance == best && !nearest.empty())) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace gateway
