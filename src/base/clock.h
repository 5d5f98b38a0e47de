// The clock that pipelines ask, so that tests can set it. Thread-safe.
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
  // How long it has run without a jump, since the start at most: the age of things is certain only within that time.
  [[nodiscard]] virtual Milliseconds SteadyFor() const { return Milliseconds::max(); }
};

class SystemClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
  // Sees a jump when it is asked after it. A machine that slept has jumped as well.
  [[nodiscard]] Milliseconds SteadyFor() const override;

 private:
  mutable std::mutex mutex_;  // guards the two below
  mutable Milliseconds offset_{Now().time_since_epoch() - SteadyNow()};
  mutable Milliseconds since_{SteadyNow()};

  static Milliseconds SteadyNow() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

// Whether a thing that looks `age` old can be taken to be so. Not for an hour after a start or a jump: a clock that was
// set wrong must not make things go that are needed when it is right again.
inline bool AgeIsCertain(const Clock& clock, Milliseconds age) {
  constexpr Milliseconds kPatience{60 * 60'000};
  return clock.SteadyFor() >= std::min(age, kPatience);
}

// What a clock may differ by between two looks, without having jumped.
inline constexpr Milliseconds kClockJump{60'000};

}  // namespace gateway
