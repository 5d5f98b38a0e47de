// Wall-clock times are in UTC and in milliseconds. The ledger stores them and the log prints them
// in this form. Intervals use std::chrono.
#pragma once

#include <chrono>
#include <cstdint>

namespace gateway {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

inline std::int64_t ToUnixMilliseconds(Time time) {
  return time.time_since_epoch().count();
}
inline Time FromUnixMilliseconds(std::int64_t value) {
  return Time(Milliseconds(value));
}

}  // namespace gateway
