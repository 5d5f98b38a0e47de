// The clock that pipelines ask, so that tests can set it. Thread-safe.
#pragma once

#include <chrono>

#include "gateway/time.h"

namespace gateway {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace gateway
