// Is there room to take more? Asked before each instance and each mail is taken; asks the file system at most five
// times a second and logs when the answer changes. Thread-safe.
#pragma once

#include <atomic>
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

 private:
  const Spool& spool_;
  const Clock& clock_;
  std::mutex mutex_;  // guards the rest
  Time asked_{};
  Result<void> answer_;
};

}  // namespace gateway::spool
