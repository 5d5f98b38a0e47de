#include "policy/destination.h"

#include <algorithm>

namespace gateway {
namespace {

constexpr Milliseconds kLongestTry{3'600'000};

}  // namespace

Milliseconds Destination::WaitLocked(Time now, bool urgent) const {
  if (now < since_ || now >= until_) return Milliseconds(0);
  if (!urgent) return until_ - now;
  return std::clamp(last_failure_ + FailurePolicy::kMostForUrgent - now, Milliseconds(0), until_ - now);
}

Milliseconds Destination::Wait(Time now, bool urgent) const {
  const std::lock_guard lock(mutex_);
  return WaitLocked(now, urgent);
}

Milliseconds Destination::Failed(Time now) {
  const std::lock_guard lock(mutex_);
  tried_until_ = {};
  last_failure_ = now;
  // Several workers may report the same failure. Only the first report starts a back-off, so that
  // the others do not make it longer.
  if (WaitLocked(now, false).count() > 0) return Milliseconds(0);
  const Milliseconds wait = policy_.BackOff(failures_++);
  since_ = now;
  until_ = now + wait;
  return wait;
}

Decision Destination::AfterOthers(Decision decision, Time now, bool urgent) const {
  if (decision.fate != Fate::retry) return decision;
  // Twice the destination's wait lets other items be tried first.
  decision.wait = std::max(decision.wait, 2 * Wait(now, urgent));
  decision.next_try = now + decision.wait;
  return decision;
}

bool Destination::Worked() {
  const std::lock_guard lock(mutex_);
  const bool failed_before = failures_ > 0;
  failures_ = 0;
  tried_until_ = {};
  since_ = until_ = {};
  return failed_before;
}

bool Destination::failing() const {
  const std::lock_guard lock(mutex_);
  return failures_ > 0;
}

bool Destination::Begin(Time now, bool urgent) {
  const std::lock_guard lock(mutex_);
  if (failures_ == 0) return true;
  // The second comparison notices a clock that was set back.
  const bool tried = now < tried_until_ && tried_until_ <= now + kLongestTry;
  if (tried || WaitLocked(now, urgent).count() > 0) return false;
  tried_until_ = now + kLongestTry;
  return true;
}

void Destination::Abandon() {
  const std::lock_guard lock(mutex_);
  tried_until_ = {};
}

}  // namespace gateway
