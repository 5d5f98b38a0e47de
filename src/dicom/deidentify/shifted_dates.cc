#include "dicom/deidentify/shifted_dates.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kDateLength = 8;

bool AreDigits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

int Number(std::string_view digits) {
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::optional<std::string> ShiftedDay(std::string_view digits, int days_back) {
  if (digits.size() != kDateLength || !AreDigits(digits)) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(Number(digits.substr(0, 4))),
                                        std::chrono::month(static_cast<unsigned>(Number(digits.substr(4, 2)))),
                                        std::chrono::day(static_cast<unsigned>(Number(digits.substr(6, 2))))};
  if (!day.ok()) return std::nullopt;
  const std::chrono::year_month_day moved(std::chrono::sys_days(day) - std::chrono::days(days_back));
  const int year = static_cast<int>(moved.year());
  if (year < 1 || year > 9999) return std::nullopt;
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02u", year, static_cast<unsigned>(moved.month()),
                static_cast<unsigned>(moved.day()));
  return std::string(text.data());
}

std::optional<std::string> ShiftedDate(std::string_view date, int days_back) {
  if (date.size() == 10 && date[4] == '.' && date[7] == '.') {
    std::string digits(date.substr(0, 4));
    digits.append(date.substr(5, 2)).append(date.substr(8, 2));
    return ShiftedDay(digits, days_back);
  }
  return ShiftedDay(date, days_back);
}

// YYYYMMDDHHMMSS.FFFFFF&ZZXX, where everything behind the day may be missing.
std::optional<std::string> ShiftedDateTime(std::string_view text, int days_back) {
  if (text.size() < kDateLength || text.size() > 26) return std::nullopt;
  const std::string_view rest = text.substr(kDateLength);
  if (rest.find_first_not_of("0123456789.+-") != std::string_view::npos) return std::nullopt;
  const auto day = ShiftedDay(text.substr(0, kDateLength), days_back);
  return day ? std::optional(*day + std::string(rest)) : std::nullopt;
}

std::optional<std::string> CheckedTime(std::string_view time) {
  if (time.size() > 16 || time.find_first_not_of("0123456789.:") != std::string_view::npos) return std::nullopt;
  return std::string(time);
}

std::optional<std::string> ShiftedValue(std::string_view value, std::array<char, 2> vr, int days_back) {
  if (value.empty()) return std::string();
  if (vr == std::array{'D', 'A'}) return ShiftedDate(value, days_back);
  if (vr == std::array{'D', 'T'}) return ShiftedDateTime(value, days_back);
  if (vr == std::array{'T', 'M'}) return CheckedTime(value);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Shifted(std::string_view values, std::array<char, 2> vr, int days_back) {
  std::string shifted;
  while (true) {
    const std::size_t end = values.find('\\');
    const auto value = ShiftedValue(TrimPadding(values.substr(0, end)), vr, days_back);
    if (!value) return std::nullopt;
    shifted += *value;
    if (end == std::string_view::npos) return shifted;
    shifted += '\\';
    values.remove_prefix(end + 1);
  }
}

}  // namespace gateway::dicom
