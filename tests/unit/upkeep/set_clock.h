// A clock that stands where a test puts it.
#pragma once

#include "base/clock.h"

namespace gateway::upkeep {

class SetClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override { return now; }
  Time now{Milliseconds(1'700'000'000'000)};
};

}  // namespace gateway::upkeep
