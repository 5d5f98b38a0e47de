#include "attributes/comparable.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

namespace gateway::attributes {
namespace {

constexpr double kSecond = 1000;
constexpr double kMinute = 60 * kSecond;
constexpr double kHour = 60 * kMinute;
constexpr double kDay = 24 * kHour;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\0')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
  return text;
}

// Takes exactly `count` digits off the front.
std::optional<int> TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool Take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<double> NumberFrom(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<double> DayFrom(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
}

// Takes YYYYMMDD, YYYY.MM.DD or YYYY-MM-DD.
std::optional<double> TakeDate(std::string_view& text) {
  const auto year = TakeDigits(text, 4);
  const char separator = text.starts_with('-') || text.starts_with('.') ? text.front() : '\0';
  if (separator != '\0') text.remove_prefix(1);
  const auto month = TakeDigits(text, 2);
  if (separator != '\0' && !Take(text, separator)) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!year || !month || !day) return std::nullopt;
  return DayFrom(*year, *month, *day);
}

std::optional<double> DateFrom(std::string_view text) {
  text = Trim(text);
  const auto day = TakeDate(text);
  return text.empty() ? day : std::nullopt;
}

// Takes HH[MM[SS[.FFFFFF]]], with or without colons. 24:00 is the end of the day.
std::optional<double> TakeTime(std::string_view& text) {
  const auto hours = TakeDigits(text, 2);
  if (!hours || *hours > 24) return std::nullopt;
  double time = *hours * kHour;
  for (const double unit : {kMinute, kSecond}) {
    std::string_view rest = text;
    (void)Take(rest, ':');
    const auto number = TakeDigits(rest, 2);
    if (!number) break;
    if (*number > 60) return std::nullopt;
    time += *number * unit;
    text = rest;
  }
  if (text.starts_with('.')) {
    std::size_t digits = 1;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    const auto fraction = NumberFrom("0" + std::string(text.substr(0, digits)));
    if (!fraction) return std::nullopt;
    time += *fraction * kSecond;
    text.remove_prefix(digits);
  }
  return time <= kDay ? std::optional(time) : std::nullopt;
}

std::optional<double> TimeFrom(std::string_view text) {
  text = Trim(text);
  const auto time = TakeTime(text);
  return text.empty() ? time : std::nullopt;
}

double InLocalCalendar(std::time_t seconds, double rest) {
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return static_cast<double>(::timegm(&local)) * kSecond + rest;
}

// Converts a moment in another time zone, which is `offset` before UTC, into the local calendar.
double FromZone(double milliseconds, double offset) {
  const double utc = milliseconds - offset;
  const double seconds = std::floor(utc / kSecond);
  return InLocalCalendar(static_cast<std::time_t>(seconds), utc - seconds * kSecond);
}

// Takes "+0100" or "-0500" at the end of a DT.
std::optional<double> ZoneFrom(std::string_view text) {
  const double sign = text.starts_with('-') ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = TakeDigits(text, 2);
  const auto minutes = TakeDigits(text, 2);
  if (!hours || !minutes || !text.empty()) return std::nullopt;
  return sign * (*hours * kHour + *minutes * kMinute);
}

// Reads YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX], whose missing parts are the first ones possible.
// It also reads 2026-11-30 18:00.
std::optional<double> DateTimeFrom(std::string_view text) {
  text = Trim(text);
  std::string_view date = text;
  auto day = TakeDate(date);
  if (day) {
    text = date;
    if (text.starts_with(' ') || text.starts_with('T')) text.remove_prefix(1);
  } else {
    const auto year = TakeDigits(text, 4);
    const auto month = text.empty() ? std::optional(1) : TakeDigits(text, 2);
    if (!year || !month || !text.empty()) return std::nullopt;
    day = DayFrom(*year, *month, 1);
    if (!day) return std::nullopt;
  }
  double time = 0;
  if (!text.empty() && text.front() != '+' && text.front() != '-') {
    const auto taken = TakeTime(text);
    if (!taken) return std::nullopt;
    time = *taken;
  }
  const double moment = *day * kDay + time;
  if (text.empty()) return moment;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  const auto zone = ZoneFrom(text);
  return zone ? std::optional(FromZone(moment, *zone)) : std::nullopt;
}

// Reads nnnD, nnnW, nnnM or nnnY (VR AS). The count may be shorter than three digits.
std::optional<double> AgeFrom(std::string_view text) {
  text = Trim(text);
  if (text.size() < 2 || text.size() > 5) return std::nullopt;
  const char unit = text.back();
  text.remove_suffix(1);
  const auto count = TakeDigits(text, text.size());
  if (!count) return std::nullopt;
  switch (unit) {
    case 'D':
      return *count;
    case 'W':
      return *count * 7.0;
    case 'M':
      return *count * 365.25 / 12;
    case 'Y':
      return *count * 365.25;
    default:
      return std::nullopt;
  }
}

// Reads what follows "today" or "now": nothing, "+3d", "-12h". Returns milliseconds.
std::optional<double> OffsetFrom(std::string_view text) {
  if (text.empty()) return 0;
  const double sign = text.front() == '-' ? -1 : 1;
  if (text.front() != '-' && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  double unit = 0;
  switch (text.empty() ? '\0' : text.back()) {
    case 'd':
      unit = kDay;
      break;
    case 'h':
      unit = kHour;
      break;
    case 'm':
      unit = kMinute;
      break;
    default:
      return std::nullopt;
  }
  text.remove_suffix(1);
  if (text.empty() || text.size() > 6) return std::nullopt;
  const auto count = TakeDigits(text, text.size());
  return count ? std::optional(sign * *count * unit) : std::nullopt;
}

std::optional<Operand> Absolute(std::optional<double> value) {
  return value ? std::optional(Operand{*value, false}) : std::nullopt;
}

}  // namespace

LocalMoment LocalMomentOf(Time time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = whole.time_since_epoch().count();
  std::tm local{};
  ::localtime_r(&seconds, &local);
  LocalMoment moment;
  moment.milliseconds = InLocalCalendar(seconds, static_cast<double>((time - whole).count()));
  moment.day = std::floor(moment.milliseconds / kDay);
  moment.time_of_day = moment.milliseconds - moment.day * kDay;
  moment.weekday = local.tm_wday;
  moment.year = local.tm_year + 1900;
  moment.month = local.tm_mon + 1;
  moment.day_of_month = local.tm_mday;
  return moment;
}

Time TimeOfLocal(double milliseconds) {
  const double seconds = std::floor(milliseconds / kSecond);
  const auto calendar = static_cast<std::time_t>(seconds);
  std::tm local{};
  ::gmtime_r(&calendar, &local);
  local.tm_isdst = -1;
  return Time(std::chrono::seconds(::mktime(&local))) +
         Milliseconds(static_cast<std::int64_t>(milliseconds - seconds * kSecond));
}

std::optional<double> ComparableOf(std::string_view value, Comparison comparison) {
  switch (comparison) {
    case Comparison::number:
      return NumberFrom(value);
    case Comparison::date:
      return DateFrom(value);
    case Comparison::time:
      return TimeFrom(value);
    case Comparison::date_time:
      return DateTimeFrom(value);
    case Comparison::age:
      return AgeFrom(value);
    case Comparison::text:
    case Comparison::nothing:
      break;
  }
  return std::nullopt;
}

std::optional<Operand> OperandFrom(std::string_view text, Comparison comparison) {
  text = Trim(text);
  if (comparison == Comparison::date && text.starts_with("today")) {
    const auto offset = OffsetFrom(text.substr(5));
    if (!offset || std::fmod(*offset, kDay) != 0) return std::nullopt;
    return Operand{*offset / kDay, true};
  }
  if (comparison == Comparison::date_time && text.starts_with("now")) {
    const auto offset = OffsetFrom(text.substr(3));
    return offset ? std::optional(Operand{*offset, true}) : std::nullopt;
  }
  return Absolute(ComparableOf(text, comparison));
}

std::string ExpectedOperand(Comparison comparison) {
  switch (comparison) {
    case Comparison::number:
      return "a number";
    case Comparison::date:
      return "a date, as 2026-11-30, today or today-7d";
    case Comparison::time:
      return "a time of day, as 18:00";
    case Comparison::date_time:
      return "a date and time, as '2026-11-30 18:00' or now-12h";
    case Comparison::age:
      return "an age, as 18Y, 6M, 2W or 3D";
    case Comparison::text:
    case Comparison::nothing:
      break;
  }
  return "a text";
}

std::string_view NameOf(Comparison comparison) {
  constexpr std::array<std::string_view, 7> kNames{"text",   "a number", "a date", "a time", "a date and time",
                                                   "an age", "no text"};
  return kNames.at(static_cast<std::size_t>(comparison));
}

}  // namespace gateway::attributes
