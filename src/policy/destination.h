// Backs off from a destination (a mail server, a partner behind it, a PACS) on behalf of all
// workers that use it. While the destination is away, nobody tries it, and no item loses one of its
// own tries. Thread-safe.
#pragma once

#include <functional>
#include <mutex>

#include "gateway/time.h"
#include "policy/failure_policy.h"

namespace gateway {

class Destination {
 public:
  explicit Destination(const FailurePolicy& policy) : policy_(policy) {}

  // Returns how long to keep away. Zero means that the destination may be tried. A clock that was
  // set back ends the back-off. With `urgent`, the wait counts from the last failure and is at most
  // FailurePolicy::kMostForUrgent.
  [[nodiscard]] Milliseconds Wait(Time now, bool urgent = false) const;
  // Notes that the destination failed as a whole. Returns the back-off if this call began one, and
  // zero if one is running already.
  Milliseconds Failed(Time now);
  // Returns the decision for the item that met the failure. It waits longer than the others, so
  // that another item is tried first: the failure may have been this item's own fault.
  [[nodiscard]] Decision AfterOthers(Decision decision, Time now, bool urgent) const;
  // Notes that the destination worked. Returns true if it had failed before.
  bool Worked();
  // Returns whether the last try failed.
  [[nodiscard]] bool failing() const;

  // While a destination fails, one worker at a time tries it, so that a destination that hangs does
  // not hold up all of them. False means that the caller must leave it alone. After true, the
  // caller must call Failed(), Worked() or Abandon().
  bool Begin(Time now, bool urgent);
  void Abandon();

 private:
  [[nodiscard]] Milliseconds WaitLocked(Time now, bool urgent) const;

  const FailurePolicy policy_;
  mutable std::mutex mutex_;  // guards all members below
  unsigned failures_ = 0;
  // A worker that found the destination failing tries it until then. This has an end, because a
  // worker that died must not keep the others away for ever.
  Time tried_until_{};
  Time last_failure_{};
  Time since_{};  // start and end of the back-off
  Time until_{};
};

}  // namespace gateway
