#include "spool/space_guard.h"

#include "spool/error_codes.h"
#include "telemetry/events.h"

namespace gateway::spool {
namespace {

constexpr Milliseconds kAnswerLasts{200};

}  // namespace

void SpaceGuard::Use(const FreeSpaceSettings& settings) {
  const std::lock_guard lock(mutex_);
  settings_ = settings;
  asked_ = Time();
}

// The caller must hold the mutex.
void SpaceGuard::Ask(bool now) {
  const Time time = clock_.Now();
  // A clock that was set back must not freeze the answer.
  if (!now && time >= asked_ && time - asked_ < kAnswerLasts) return;
  asked_ = time;
  const Result<Space> space = spool_.FreeSpace(settings_);
  if (!space) {
    answer_ = space.error();
    return;
  }
  space_ = *space;
  const bool was_low = !answer_ && Is(answer_.error(), codes::kDiskLow);
  if (space_.low()) {
    if (!was_low) events::DiskLow(space_.free_bytes, space_.needed_bytes);
    answer_ = Transient(codes::kDiskLow, "less than min_free_space is free");
  } else {
    if (was_low) events::DiskRecovered(space_.free_bytes);
    answer_ = Result<void>();
  }
}

Result<void> SpaceGuard::Check() {
  const std::lock_guard lock(mutex_);
  Ask();
  return answer_;
}

Result<void> SpaceGuard::CheckNow() {
  const std::lock_guard lock(mutex_);
  Ask(true);
  return answer_;
}

Result<void> SpaceGuard::CheckFetching() {
  const std::lock_guard lock(mutex_);
  Ask();
  return FetchingAnswer();
}

Result<void> SpaceGuard::CheckFetchingNow() {
  const std::lock_guard lock(mutex_);
  Ask(true);
  return FetchingAnswer();
}

Result<void> SpaceGuard::FetchingAnswer() const {
  if (!answer_ || space_.fetch_room() > 0) return answer_;
  return Transient(codes::kFetchSpaceLow,
                   "less than gateway.fetch_free_space is free: " + std::to_string(space_.free_bytes) + " bytes, of " +
                       std::to_string(space_.fetch_bytes));
}

std::uint64_t SpaceGuard::RoomForFetching() {
  const std::lock_guard lock(mutex_);
  Ask();
  return space_.fetch_room();
}

}  // namespace gateway::spool
