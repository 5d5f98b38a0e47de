#include "policy/failure_policy.h"

#include <algorithm>
#include <random>

#include "policy/error_codes.h"

namespace gateway {
namespace {

// Returns whether the code says that an open worker ended by itself or lacked memory.
bool IsDeath(std::string_view code) {
  return IsOneOf(code, codes::kOpenWorkerDied, codes::kOpenOutOfMemory);
}

// Returns whether any mail may look so if our own clock is wrong.
bool MayBeTheClocksFault(std::string_view code) {
  return IsOneOf(code, codes::kSignatureInFuture, codes::kSignatureTooOld, codes::kSignatureExpired,
                 codes::kSignerKeyExpired);
}

// Returns first * 2^tries, at most max.
std::int64_t LongestWait(const RetrySettings& retry, unsigned tries) {
  const std::int64_t limit = std::max<std::int64_t>(retry.max.count(), 1);
  std::int64_t wait = std::max<std::int64_t>(retry.first.count(), 1);
  for (unsigned i = 0; i < tries && wait < limit; ++i) wait *= 2;
  return std::min(wait, limit);
}

}  // namespace

Milliseconds FailurePolicy::LongestOf(unsigned tries) const {
  std::int64_t sum = 0;
  for (unsigned i = 0; i < tries && sum < retry_.give_up_after.count(); ++i) sum += LongestWait(retry_, i);
  return Milliseconds(std::min(sum, retry_.give_up_after.count()));
}

Milliseconds FailurePolicy::BackOff(unsigned tries) const {
  const std::int64_t wait = LongestWait(retry_, tries);
  thread_local std::minstd_rand random{std::random_device{}()};
  return Milliseconds(wait - std::uniform_int_distribution<std::int64_t>(0, wait / 4)(random));
}

Decision FailurePolicy::Decide(const Error& error, unsigned tries, Time created, const Clock& clock,
                               bool urgent) const {
  switch (error.fault) {
    case Fault::corrupt:
      return {Fate::quarantine, {}, {}};
    case Fault::permanent:
    case Fault::config:
      // A person renews a key that is expired or revoked. Then the items that wait for it leave.
      if (Is(error, codes::kKeyNotUsable)) break;
      // Whatever is wrong with the ledger, the item did not cause it.
      if (IsOneOf(error, codes::kAboutLedger)) break;
      return {Fate::fail, {}, {}};
    case Fault::transient:
      break;
  }
  const Time now = clock.Now();
  if (AgeIsCertain(clock, retry_.give_up_after) && now - created >= retry_.give_up_after) return {Fate::fail, {}, {}};
  const Milliseconds wait = urgent ? std::min(BackOff(tries), kMostForUrgent) : BackOff(tries);
  return {Fate::retry, wait, now + wait};
}

Decision FailurePolicy::DecideOpening(const Error& error, std::string_view failed_by, unsigned tries, Time created,
                                      const Clock& clock) const {
  if (IsDeath(error.code) && !IsDeath(failed_by)) {
    return {Fate::retry, Milliseconds(1), clock.Now() + Milliseconds(1)};
  }
  if (MayBeTheClocksFault(error.code) && !AgeIsCertain(clock, retry_.give_up_after)) {
    const Milliseconds wait = BackOff(tries);
    return {Fate::retry, wait, clock.Now() + wait};
  }
  return Decide(error, tries, created, clock);
}

}  // namespace gateway
