// Reads times of day, and spans of them.
#pragma once

#include <optional>
#include <string_view>

#include "config/values.h"
#include "gateway/time_window.h"

namespace gateway::config {

// Reads 18:00. Its value is in minutes since midnight; 24:00 is midnight.
Parser<unsigned> TimeOfDay();
// Reads 18:00-07:00. A span that ends before it begins goes over midnight. The two are not equal.
Parser<DailyHours> HoursOfDay();

}  // namespace gateway::config
