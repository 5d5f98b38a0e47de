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
  retry,       // the item is tried again at Decision::next_try
  fail,        // the item is kept with an alarm, and retried by hand
  quarantine,  // the item waits for a person, with its reason
};

struct Decision {
  Fate fate = Fate::fail;
  Milliseconds wait{0};  // with Fate::retry: how long from now
  Time next_try;
};

// An item whose partner or mailbox the configuration does not have is looked at again after so
// long. It is stranded: it does not fail, and a person redirects it or puts the name back.
inline constexpr Milliseconds kWhileStranded{60'000};

// It is immutable, so any thread may use it.
class FailurePolicy {
 public:
  // The longest that an emergency waits for its next try, whatever retry.max says.
  static constexpr Milliseconds kMostForUrgent{60'000};
  // The policy gives nothing up for its age as long as ages are not certain (base/clock.h). After a
  // start, or a jump of the clock, somebody or something needs time to mend the cause.

  explicit FailurePolicy(const RetrySettings& retry) : retry_(retry) {}

  // Decides by the fault of the error. `tries` counts the tries before this one.
  //
  // - transient: retry with exponential back-off; fail once the item is older than give_up_after.
  // - permanent, config: fail. "key-not-usable" and the errors of the ledger count as transient.
  // - corrupt: quarantine.
  [[nodiscard]] Decision Decide(const Error& error, unsigned tries, Time created, const Clock& clock,
                                bool urgent = false) const;

  // Decides the same for an item that an open worker reads, with two exceptions.
  //
  // - A worker may have died, or lacked memory, for a reason that had nothing to do with the item.
  //   So the item is tried once more at once, unless the try before failed in this way too.
  //   `failed_by` is the code of the error by which that try failed.
  // - A mail may be refused because of the time at which it, or its signer's key, was made or ends.
  //   As long as ages are not certain, it waits and is tried later. It is accepted only once it is
  //   judged good.
  [[nodiscard]] Decision DecideOpening(const Error& error, std::string_view failed_by, unsigned tries, Time created,
                                       const Clock& clock) const;

  // Returns the sum of the longest waits after so many tries, at most give_up_after.
  [[nodiscard]] Milliseconds LongestOf(unsigned tries) const;

  // Returns first * 2^tries, at most max. It takes off up to a quarter by chance, so that many
  // items do not come back at the same moment.
  [[nodiscard]] Milliseconds BackOff(unsigned tries) const;

 private:
  RetrySettings retry_;
};

}  // namespace gateway
