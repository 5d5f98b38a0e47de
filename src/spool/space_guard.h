// Says whether there is room on the disk to take more. The gateway asks before it takes an instance
// or a mail, and again while the file grows. The guard asks the file system at most five times a
// second, except for the functions that end in Now. It logs when the answer changes. Mail from
// outside stops before instances do, so that nobody far away can keep our own PACS from storing.
// Thread-safe.
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
  SpaceGuard(const Spool& spool, const Clock& clock, const FreeSpaceSettings& settings = {})
      : spool_(spool), clock_(clock), settings_(settings) {}

  // From now on these settings count. The next question asks the file system.
  void Use(const FreeSpaceSettings& settings);
  // Errors: transient "disk-low" below min_free_space, and the error of asking the file system.
  Result<void> Check();
  // Does the same, but always asks the file system. It is for files that grow.
  Result<void> CheckNow();
  // Does the same as Check(). Further error: transient "fetch-space-low" below fetch_free_space.
  Result<void> CheckFetching();
  Result<void> CheckFetchingNow();
  // Returns how many bytes a mail may have so that fetch_free_space stays free.
  std::uint64_t RoomForFetching();

 private:
  void Ask(bool now = false);
  [[nodiscard]] Result<void> FetchingAnswer() const;

  const Spool& spool_;
  const Clock& clock_;
  std::mutex mutex_;  // guards all members below
  FreeSpaceSettings settings_;
  Time asked_{};
  Result<void> answer_;
  Space space_;
};

}  // namespace gateway::spool
