#include "base/clock.h"

namespace gateway {

Milliseconds SystemClock::SteadyFor() const {
  const std::lock_guard lock(mutex_);
  const Milliseconds steady = SteadyNow();
  const Milliseconds offset = Now().time_since_epoch() - steady;
  if (std::chrono::abs(offset - offset_) > kClockJump) since_ = steady;
  offset_ = offset;  // a clock that is slewed is followed, so that small steps never add up to a jump
  return steady - since_;
}

}  // namespace gateway
