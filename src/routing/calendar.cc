#include "routing/calendar.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace gateway::routing {

std::string TimeText(const attributes::LocalMoment& now) {
  const auto seconds = static_cast<unsigned>(now.time_of_day / 1000);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02u%02u%02u", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return text.data();
}

std::string DaysText(const attributes::LocalMoment& now, const std::vector<std::string>& holidays) {
  constexpr std::array kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  std::array<char, 32> date{};
  std::snprintf(date.data(), date.size(), "%04d-%02d-%02d", now.year, now.month, now.day_of_month);
  const std::string today = date.data();
  const bool holiday = std::any_of(holidays.begin(), holidays.end(),
                                   [&](const std::string& one) { return one == today || one == today.substr(5); });
  return std::string(kDays.at(static_cast<std::size_t>(now.weekday))) + (holiday ? "\\holiday" : "");
}

}  // namespace gateway::routing
