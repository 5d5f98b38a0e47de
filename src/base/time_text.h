// Writes times as people and mails do.
#pragma once

#include <string>

#include "gateway/time.h"

namespace gateway {

// Returns RFC 3339 in UTC with milliseconds: "2026-11-24T15:03:11.123Z".
std::string FormatTime(Time time);
// Returns "350ms", "12s", "4m 10s", "3h 20m" or "2d 4h".
std::string FormatDuration(Milliseconds duration);

}  // namespace gateway
