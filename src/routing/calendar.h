// The time of day and the days of the calendar, as the rules ask for them.
#pragma once

#include <string>
#include <vector>

#include "attributes/comparable.h"

namespace gateway::routing {

// Returns HHMMSS.
std::string TimeText(const attributes::LocalMoment& now);
// Returns "mon" to "sun", with "\holiday" behind it if the day is one. `holidays` are dates such as
// 2026-12-25, or 12-25 for each year.
std::string DaysText(const attributes::LocalMoment& now, const std::vector<std::string>& holidays);

}  // namespace gateway::routing
