#include "config/daily_hours.h"

#include <charconv>

namespace gateway::config {
namespace {

constexpr unsigned kMinutesOfDay = 24 * 60;

std::optional<unsigned> TwoDigits(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() != 2 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> ParseTimeOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = TwoDigits(text.substr(0, 2));
  const auto minutes = TwoDigits(text.substr(3));
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const unsigned all = *hours * 60 + *minutes;
  if (all > kMinutesOfDay) return std::nullopt;
  return all % kMinutesOfDay;
}

}  // namespace

Parser<unsigned> TimeOfDay() {
  return {"a time of day such as 18:00, in quotes", ParseTimeOfDay};
}

Parser<DailyHours> HoursOfDay() {
  return {"two times of day such as 18:00-07:00", [](std::string_view text) -> std::optional<DailyHours> {
            const std::size_t dash = text.find('-');
            if (dash == std::string_view::npos) return std::nullopt;
            const auto from = ParseTimeOfDay(text.substr(0, dash));
            const auto to = ParseTimeOfDay(text.substr(dash + 1));
            if (!from || !to || *from == *to) return std::nullopt;
            return DailyHours{*from, *to};
          }};
}

}  // namespace gateway::config
