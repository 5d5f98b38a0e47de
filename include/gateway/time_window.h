// Spans of local time that come back each day.
#pragma once

#include <string>
#include <vector>

namespace gateway {

// Minutes since midnight. If `to` is not later than `from`, the span ends on the next day.
struct DailyHours {
  unsigned from = 0;
  unsigned to = 0;
};

struct TimeWindow {
  DailyHours hours;
  // "mon" to "sun", or "holiday". The span begins on these days; empty: on each day.
  std::vector<std::string> days;
};

}  // namespace gateway
