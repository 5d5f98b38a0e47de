// Writes the numbers of parts as ranges, for sets and shipments of many parts.
#pragma once

#include <cstdint>
#include <vector>

namespace gateway::ledger {

struct NumberRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

// The numbers must ascend.
std::vector<NumberRange> RangesOf(const std::vector<std::int64_t>& numbers);
// Returns the parts of `total` that are not among these numbers, which must ascend. Parts count
// from 1, or from 0 if 0 is among the numbers.
std::vector<NumberRange> GapsOf(const std::vector<std::int64_t>& numbers, std::int64_t total);

}  // namespace gateway::ledger
