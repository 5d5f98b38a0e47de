#include "base/destination.h"

namespace gateway {

Milliseconds Destination::Wait(Time now) const {
  const std::lock_guard lock(mutex_);
  return until_ > now ? until_ - now : Milliseconds(0);
}

Milliseconds Destination::Failed(Time now) {
  const std::lock_guard lock(mutex_);
  if (until_ > now) return Milliseconds(0);
  const Milliseconds wait = policy_.BackOff(failures_++);
  until_ = now + wait;
  return wait;
}

void Destination::Worked() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  until_ = {};
}

}  // namespace gateway
