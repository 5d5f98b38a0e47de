#include "base/time_windows.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace gateway {
namespace {

constexpr int kDaysAhead = 366;

std::tm LocalOf(Time time) {
  const std::time_t seconds = ToUnixMilliseconds(time) / 1000;
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return local;
}

// Returns midday of the day so many days after `day`. No clock change is near midday.
std::tm DayAfter(std::tm day, int days) {
  day.tm_mday += days;
  day.tm_hour = 12;
  day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  ::mktime(&day);
  return day;
}

Time At(std::tm day, unsigned minutes) {
  day.tm_hour = static_cast<int>(minutes / 60);
  day.tm_min = static_cast<int>(minutes % 60);
  day.tm_isdst = -1;
  return FromUnixMilliseconds(static_cast<std::int64_t>(::mktime(&day)) * 1000);
}

bool IsOneOf(const std::tm& day, const std::vector<std::string>& days, const std::vector<std::string>& holidays) {
  constexpr std::array kNames{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  if (days.empty()) return true;
  if (std::ranges::find(days, kNames.at(static_cast<std::size_t>(day.tm_wday))) != days.end()) return true;
  if (std::ranges::find(days, "holiday") == days.end()) return false;
  std::array<char, 40> date{};
  std::snprintf(date.data(), date.size(), "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
  const std::string text = date.data();
  return std::ranges::any_of(holidays, [&](const std::string& one) { return one == text || one == text.substr(5); });
}

}  // namespace

bool IsWithin(const DailyHours& hours, Time now) {
  const std::tm local = LocalOf(now);
  const auto minutes = static_cast<unsigned>(local.tm_hour * 60 + local.tm_min);
  if (hours.from < hours.to) return minutes >= hours.from && minutes < hours.to;
  return minutes >= hours.from || minutes < hours.to;
}

std::optional<Opening> NextOpening(const TimeWindow& window, const std::vector<std::string>& holidays, Time now) {
  const std::tm today = LocalOf(now);
  // The opening that began yesterday may go on.
  for (int ahead = -1; ahead <= kDaysAhead; ++ahead) {
    const std::tm day = DayAfter(today, ahead);
    if (!IsOneOf(day, window.days, holidays)) continue;
    const bool over_midnight = window.hours.to <= window.hours.from;
    const Time to = At(over_midnight ? DayAfter(day, 1) : day, window.hours.to);
    if (to > now) return Opening{At(day, window.hours.from), to};
  }
  return std::nullopt;
}

}  // namespace gateway
