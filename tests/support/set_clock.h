// A clock that shows the time that a test sets.
#pragma once

#include "base/clock.h"

namespace gateway {

class SetClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override { return now; }
  [[nodiscard]] Milliseconds SteadyFor() const override { return steady_for; }
  Time now{Milliseconds(1'700'000'000'000)};
  Milliseconds steady_for = Milliseconds::max();
};

}  // namespace gateway
