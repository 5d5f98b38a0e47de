// This is the one place that decides what becomes of an item whose step failed. Stages say what
// happened (Error::fault). Pipelines ask here and follow the answer.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "gateway/result.h"
#include "gateway/settings/retry.h"
#include "gateway/time.h"

namespace gateway {

enum class Fate {
  retry,       // at Decision::next_try
  fail,        // kept, alarm, retried by hand
  quarantine,  // waits for a person, with its reason
};

struct Decision {
  Fate fate = Fate::fail;
  Milliseconds wait{0};  // fate retry: from now
  Time next_try;
};

// Immutable; any thread.
class FailurePolicy {
 public:
  // The longest that an emergency waits for its next try, whatever retry.max says.
  static constexpr Milliseconds kMostForUrgent{60'000};
  // Nothing is given up for its age as long as that is not certain (base/clock.h): somebody, or
  // something, needs time to mend what was wrong before a start, or a jump of the clock.

  explicit FailurePolicy(const RetrySettings& retry) : retry_(retry) {}

  // transient: retry with exponential back-off, until the item is older than give_up_after, then
  // fail. permanent and config: fail, but not "key-not-usable" and those of the ledger: as
  // transient. corrupt: quarantine. `tries`: before this time.
  [[nodiscard]] Decision Decide(const Error& error, unsigned tries, Time created, const Clock& clock,
                                bool urgent = false) const;

  // The same for what an open worker reads. A worker's death, or its want of memory, may have had
  // nothing to do with the item: it is tried once more, at once, unless the try before, which
  // failed by the error of code `failed_by`, was one too. What is refused for when it, or its
  // signer's key, was made or ends is tried later as long as the age of things is not certain: it
  // waits, and is taken only once it is judged good.
  [[nodiscard]] Decision DecideOpening(const Error& error, std::string_view failed_by, unsigned tries, Time created,
                                       const Clock& clock) const;

  // first * 2^tries, at most max, less up to a quarter by chance, so that many items do not come
  // back at once.
  [[nodiscard]] Milliseconds BackOff(unsigned tries) const;

 private:
  RetrySettings retry_;
};

}  // namespace gateway
