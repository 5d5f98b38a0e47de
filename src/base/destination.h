// Back-off from a destination (a mail server, a PACS) that all its workers share: while it is away nobody tries it, and
// no item pays for it with a try of its own. Thread-safe.
#pragma once

#include <functional>
#include <mutex>

#include "base/failure_policy.h"
#include "gateway/time.h"

namespace gateway {

class Destination {
 public:
  explicit Destination(const FailurePolicy& policy) : policy_(policy) {}

  // How long to keep away; zero: it may be tried.
  [[nodiscard]] Milliseconds Wait(Time now) const;
  // The destination failed as a whole. Returns the back-off when this call began one, zero when one is running.
  Milliseconds Failed(Time now);
  void Worked();

 private:
  const FailurePolicy policy_;
  mutable std::mutex mutex_;  // guards the two below
  unsigned failures_ = 0;
  Time until_{};
};

}  // namespace gateway
