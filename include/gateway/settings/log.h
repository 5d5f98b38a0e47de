// Section `gateway.log`.
#pragma once

#include <string>

namespace gateway {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };

struct LogSettings {
  std::string file = "-";  // "-" is standard output
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

}  // namespace gateway
