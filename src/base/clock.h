// The pipelines ask this clock for the time, so that tests can set it. It is thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

#include "gateway/time.h"

namespace gateway {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time Now() const = 0;
  // Returns how long the clock has run without a jump, counted from the start of the process at
  // most. The age of things is certain only within that time.
  [[nodiscard]] virtual Milliseconds SteadyFor() const { return Milliseconds::max(); }
};

class SystemClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
  // Notices a jump when somebody asks. A machine that slept has jumped as well.
  [[nodiscard]] Milliseconds SteadyFor() const override;

 private:
  mutable std::mutex mutex_;  // guards offset_ and since_
  mutable Milliseconds offset_{Now().time_since_epoch() - SteadyNow()};
  mutable Milliseconds since_{SteadyNow()};

  static Milliseconds SteadyNow() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

// Returns whether a thing that looks `age` old can be taken to be so. The clock must have run
// without a jump for that long, or for an hour. A clock that was set wrong must not make things go
// that are needed once it is right again.
inline bool AgeIsCertain(const Clock& clock, Milliseconds age) {
  constexpr Milliseconds kPatience{60 * 60'000};
  return clock.SteadyFor() >= std::min(age, kPatience);
}

// The clock may differ by this much between two looks without having jumped.
inline constexpr Milliseconds kClockJump{60'000};

}  // namespace gateway
