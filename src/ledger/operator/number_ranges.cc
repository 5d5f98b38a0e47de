#include "ledger/number_ranges.h"

namespace gateway::ledger {

std::vector<NumberRange> RangesOf(const std::vector<std::int64_t>& numbers) {
  std::vector<NumberRange> ranges;
  for (const std::int64_t number : numbers) {
    if (!ranges.empty() && ranges.back().last + 1 == number) {
      ranges.back().last = number;
    } else {
      ranges.push_back({number, number});
    }
  }
  return ranges;
}

std::vector<NumberRange> GapsOf(const std::vector<std::int64_t>& numbers, std::int64_t total) {
  std::vector<NumberRange> gaps;
  std::int64_t next = !numbers.empty() && numbers.front() == 0 ? 0 : 1;
  const std::int64_t last = next + total - 1;
  for (const std::int64_t number : numbers) {
    if (number > last) break;
    if (number > next) gaps.push_back({next, number - 1});
    next = number + 1;
  }
  if (next <= last) gaps.push_back({next, last});
  return gaps;
}

}  // namespace gateway::ledger
