// How a log line is written; which lines there are stands in events.h alone.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

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

// One line. Text from outside (AE titles, server replies) cannot break it: it is quoted and escaped where needed.
// Fields with an empty text are left out.
void Write(LogLevel level, std::string_view event, std::initializer_list<Field> fields);

// ReopenLog(), and whether it did; else it has said why not.
bool Reopen();

// The line as Write() writes it, for tests.
std::string FormatLine(LogFormat format, LogLevel level, std::string_view time, std::string_view event,
                       std::initializer_list<Field> fields);

}  // namespace gateway::log
