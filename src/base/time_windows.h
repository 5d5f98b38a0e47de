// Finds when time windows are open, by the clocks of this machine's time zone. A window that begins
// at a time that the clocks skip in spring begins an hour later. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/time.h"
#include "gateway/time_window.h"

namespace gateway {

// Returns whether the local time of day lies in the span. The end does not belong to it.
bool IsWithin(const DailyHours& hours, Time now);

struct Opening {
  Time from;
  Time to;
};
// Returns the opening in which `now` lies, or the next one. `holidays` are dates such as
// 2026-12-25, or 12-25 for each year. Returns nullopt if the window does not open within a year.
std::optional<Opening> NextOpening(const TimeWindow& window, const std::vector<std::string>& holidays, Time now);

}  // namespace gateway
