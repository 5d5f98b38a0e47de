// Back-off from a destination (a mail server, a partner behind it, a PACS) that all its workers share: while it is away
// nobody tries it, and no item pays for it with a try of its own. Thread-safe.
#pragma once

#include <functional>
#include <mutex>

#include "gateway/time.h"
#include "policy/failure_policy.h"

namespace gateway {

class Destination {
 public:
  explicit Destination(const FailurePolicy& policy) : policy_(policy) {}

  // How long to keep away; zero: it may be tried. A clock that was set back ends the back-off. `urgent`: an emergency
  // waits since the last failure, at most FailurePolicy::kMostForUrgent.
  [[nodiscard]] Milliseconds Wait(Time now, bool urgent = false) const;
  // The destination failed as a whole. Returns the back-off when this call began one, zero when one is running.
  Milliseconds Failed(Time now);
  // The decision for the item that met the failure: another one is tried before it, as it may be this one's own fault.
  [[nodiscard]] Decision AfterOthers(Decision decision, Time now, bool urgent) const;
  // True when it had failed before.
  bool Worked();
  // It failed when it was tried last.
  [[nodiscard]] bool failing() const;

  // For destinations that are tried by one worker at a time while they fail, so that one that hangs does not hold all
  // workers up: false, leave it alone. True: Failed(), Worked() or Abandon() must follow.
  bool Begin(Time now, bool urgent);
  void Abandon();

 private:
  [[nodiscard]] Milliseconds WaitLocked(Time now, bool urgent) const;

  const FailurePolicy policy_;
  mutable std::mutex mutex_;  // guards the rest
  unsigned failures_ = 0;
  Time tried_until_{};  // by a worker that found it failing; one that died must not keep the others away for ever
  Time last_failure_{};
  Time since_{};  // the back-off
  Time until_{};
};

}  // namespace gateway
