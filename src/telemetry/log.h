// Says how a log line is written. Only events.h says which lines there are.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/result.h"
#include "gateway/settings/log.h"

namespace gateway::log {

struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, const std::string& text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, std::uint64_t number) : key(name), value(number) {}
  Field(std::string_view name, std::int64_t number) : key(name), value(number) {}
  Field(std::string_view name, unsigned number) : key(name), value(std::uint64_t{number}) {}

  std::string_view key;
  std::variant<std::string_view, std::uint64_t, std::int64_t> value;
};

// Writes one line. Text from outside (AE titles, server replies) cannot break the line, because it
// is quoted and escaped where needed. Fields with an empty text are left out.
void Write(LogLevel level, std::string_view event, std::initializer_list<Field> fields);

// Opens the log by these settings, unless it already is. If that fails, the old log stays in use.
// The error is that of OpenLog().
Result<void> Use(const LogSettings& settings);

// Does the work of ReopenLog() and returns whether it succeeded. If not, it has logged why.
bool Reopen();

// Returns the line as Write() writes it, for tests.
std::string FormatLine(LogFormat format, LogLevel level, std::string_view time, std::string_view event,
                       std::initializer_list<Field> fields);

}  // namespace gateway::log
