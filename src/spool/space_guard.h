// Is there room to take more? Asked before each instance and each mail is taken, and while it grows; asks the file
// system at most five times a second, unless it must know, and logs when the answer changes. Mail from outside stops
// before instances do: nobody far away is to keep the own PACS from storing. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "gateway/result.h"
#include "spool/spool.h"

namespace gateway::spool {

class SpaceGuard {
 public:
  SpaceGuard(const Spool& spool, const Clock& clock) : spool_(spool), clock_(clock) {}

  // transient "disk-low" below min_free_space, or the error of asking.
  Result<void> Check();
  // The same, of this moment: for what grows.
  Result<void> CheckNow();
  // As Check(), and transient "fetch-space-low" below fetch_free_space.
  Result<void> CheckFetching();
  Result<void> CheckFetchingNow();
  // The bytes of a mail that leave fetch_free_space free.
  std::uint64_t RoomForFetching();

 private:
  void Ask(bool now = false);
  [[nodiscard]] Result<void> FetchingAnswer() const;

  const Spool& spool_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the rest
  Time asked_{};
  Result<void> answer_;
  Space space_;
};

}  // namespace gateway::spool
