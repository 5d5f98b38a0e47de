#include "spool/space_guard.h"

#include "base/events.h"

namespace gateway::spool {
namespace {

constexpr Milliseconds kAnswerHolds{200};

}  // namespace

Result<void> SpaceGuard::Check() {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.Now();
  // A clock that was set back must not freeze the answer.
  if (now >= asked_ && now - asked_ < kAnswerHolds) return answer_;
  asked_ = now;
  const bool was_ok = answer_.ok();
  GATEWAY_ASSIGN(const Space space, spool_.FreeSpace());
  if (space.low()) {
    if (was_ok) events::DiskLow(space.free_bytes, space.needed_bytes);
    answer_ = Transient("disk-low", "less than min_free_space is free");
  } else {
    if (!was_ok) events::DiskRecovered(space.free_bytes);
    answer_ = Result<void>();
  }
  return answer_;
}

}  // namespace gateway::spool
