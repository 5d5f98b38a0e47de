// Reads values of DICOM attributes, and what the configuration compares them with, as numbers that
// can be compared: numbers as they are, dates in days, times in milliseconds of the day, date-times
// in milliseconds of the local calendar, and ages in days. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "attributes/data_dictionary.h"
#include "gateway/time.h"

namespace gateway::attributes {

// A moment in the local time zone of this machine.
struct LocalMoment {
  double day = 0;           // days since 1970-01-01
  double milliseconds = 0;  // of the local calendar, since 1970-01-01 00:00
  int weekday = 0;          // 0 is Sunday
  int year = 0, month = 0, day_of_month = 0;
  double time_of_day = 0;  // milliseconds
};
LocalMoment LocalMomentOf(Time time);
// Returns the time at which the clocks of this machine show `milliseconds` of the local calendar.
Time TimeOfLocal(double milliseconds);

// Returns nullopt for a text that is no value of this kind. It reads what old systems write as
// well: 2026.11.30 for a date, and 18:00:00 for a time.
std::optional<double> ComparableOf(std::string_view value, Comparison comparison);

// A rule compares values with this.
struct Operand {
  double value = 0;
  bool relative = false;  // it is added to today, or to now
};

// Reads 12.5, 2026-11-30, today, today-7d, 18:00, "2026-11-30 18:00", now-12h, 18Y, or what DICOM
// itself writes.
std::optional<Operand> OperandFrom(std::string_view text, Comparison comparison);

// Completes "expected ..., not 'x'".
std::string ExpectedOperand(Comparison comparison);

// Returns "a date", "a number", ...
std::string_view NameOf(Comparison comparison);

}  // namespace gateway::attributes
