#include "base/time_text.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace gateway {

std::string FormatTime(Time time) {
  const std::int64_t value = ToUnixMilliseconds(time);
  const std::int64_t fraction = ((value % 1000) + 1000) % 1000;
  const std::time_t seconds = static_cast<std::time_t>((value - fraction) / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 8> tail{};
  std::snprintf(tail.data(), tail.size(), ".%03dZ", static_cast<int>(fraction));
  return std::string(text.data(), length) + tail.data();
}

std::string FormatDuration(Milliseconds duration) {
  const std::int64_t value = duration.count();
  if (value < 1000) return std::to_string(value) + "ms";
  const std::int64_t seconds = value / 1000;
  if (seconds < 60) return std::to_string(seconds) + "s";
  if (seconds < 3600) return std::to_string(seconds / 60) + "m " + std::to_string(seconds % 60) + "s";
  if (seconds < 86400) return std::to_string(seconds / 3600) + "h " + std::to_string(seconds % 3600 / 60) + "m";
  return std::to_string(seconds / 86400) + "d " + std::to_string(seconds % 86400 / 3600) + "h";
}

}  // namespace gateway
