#include "policy/failure_policy.h"

#include <gtest/gtest.h>

#include "policy/destination.h"
#include "support/errors.h"

namespace gateway {
namespace {

constexpr Time kNow{Milliseconds(1'000'000'000)};

class StoppedClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override { return kNow; }
  [[nodiscard]] Milliseconds SteadyFor() const override { return steady_for; }
  Milliseconds steady_for = Milliseconds::max();
};
const StoppedClock kClock;

RetrySettings Retry() {
  return {Milliseconds(1000), Milliseconds(60'000), Milliseconds(3'600'000)};
}

TEST(FailurePolicy, RetriesWhatMayPass) {
  const Decision decision = FailurePolicy(Retry()).Decide(Transient("x"), 0, kNow, kClock);
  EXPECT_EQ(decision.fate, Fate::retry);
  EXPECT_EQ(decision.next_try, kNow + decision.wait);
}

TEST(FailurePolicy, WaitsLongerEachTimeUpToTheMost) {
  const FailurePolicy policy(Retry());
  for (unsigned tries = 0; tries < 40; ++tries) {
    const std::int64_t full = std::min<std::int64_t>(60'000, tries < 6 ? 1000LL << tries : 60'000);
    EXPECT_LE(policy.BackOff(tries).count(), full) << tries;
    EXPECT_GE(policy.BackOff(tries).count(), full - full / 4) << tries;
  }
}

TEST(FailurePolicy, SpreadsItemsThatFailedTogether) {
  const FailurePolicy policy(Retry());
  std::int64_t least = 1'000'000;
  std::int64_t most = 0;
  for (int i = 0; i < 200; ++i) {
    least = std::min(least, policy.BackOff(6).count());
    most = std::max(most, policy.BackOff(6).count());
  }
  EXPECT_GT(most - least, 1000);
}

TEST(FailurePolicy, GivesUpByAge) {
  const Time created = kNow - Milliseconds(3'600'000);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Transient("x"), 3, created, kClock).fate, Fate::fail);
}

TEST(FailurePolicy, GivesNothingUpSoonAfterAStartOrAJumpOfTheClock) {
  const Time created = kNow - 1000 * Milliseconds(3'600'000);
  StoppedClock clock;
  clock.steady_for = Milliseconds(3'599'000);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Transient("x"), 3, created, clock).fate, Fate::retry);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Permanent("x"), 3, created, clock).fate, Fate::fail);
  clock.steady_for = Milliseconds(3'600'000);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Transient("x"), 3, created, clock).fate, Fate::fail);
  RetrySettings impatient = Retry();
  impatient.give_up_after = Milliseconds(5000);
  clock.steady_for = Milliseconds(5000);
  EXPECT_EQ(FailurePolicy(impatient).Decide(Transient("x"), 3, created, clock).fate, Fate::fail);
}

TEST(FailurePolicy, TellsHowLongSoManyTriesMayHaveTaken) {
  RetrySettings retry = Retry();
  retry.first = Milliseconds(1000);
  retry.max = Milliseconds(3000);
  retry.give_up_after = Milliseconds(10'000);
  const FailurePolicy policy(retry);
  EXPECT_EQ(policy.LongestOf(0), Milliseconds(0));
  EXPECT_EQ(policy.LongestOf(1), Milliseconds(1000));
  EXPECT_EQ(policy.LongestOf(3), Milliseconds(6000));
  EXPECT_EQ(policy.LongestOf(4'000'000'000U), Milliseconds(10'000));
}

TEST(FailurePolicy, AnEmergencyWaitsAMinuteAtMost) {
  RetrySettings retry = Retry();
  retry.max = Milliseconds(1'800'000);
  const FailurePolicy policy(retry);
  EXPECT_GT(policy.Decide(Transient("x"), 20, kNow, kClock).wait, Milliseconds(1'000'000));
  EXPECT_EQ(policy.Decide(Transient("x"), 20, kNow, kClock, true).wait, Milliseconds(60'000));
}

TEST(FailurePolicy, FailsWhatWillNotPass) {
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Permanent("x"), 0, kNow, kClock).fate, Fate::fail);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(ConfigError("x"), 0, kNow, kClock).fate, Fate::fail);
  // But a key that expired is renewed, and what waits for it is not lost for that.
  EXPECT_EQ(FailurePolicy(Retry()).Decide(ConfigError("key-not-usable"), 0, kNow, kClock).fate, Fate::retry);
}

TEST(FailurePolicy, QuarantinesWhatIsDamaged) {
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Corrupt("x"), 0, kNow, kClock).fate, Fate::quarantine);
}

TEST(FailurePolicy, WhatAilsTheLedgerCondemnsNoItem) {
  const FailurePolicy policy{Retry()};
  EXPECT_EQ(policy.Decide(ConfigError("ledger-damaged", ""), 0, kNow, kClock).fate, Fate::retry);
  EXPECT_EQ(policy.Decide(Permanent("ledger-error"), 3, kNow, kClock).fate, Fate::retry);
}

TEST(FailurePolicy, ClockSetBackDoesNotGiveUp) {
  const Time created = kNow + Milliseconds(10'000'000);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Transient("x"), 0, created, kClock).fate, Fate::retry);
}

TEST(FailurePolicy, FirstDeathOfAnOpenWorkerIsForgiven) {
  const FailurePolicy policy{Retry()};
  const Error died = Corrupt("open-worker-died");
  const Decision first = policy.DecideOpening(died, "", 0, kNow, kClock);
  EXPECT_EQ(first.fate, Fate::retry);
  EXPECT_GT(first.next_try, kNow);
  EXPECT_EQ(policy.DecideOpening(died, "open-worker-died", 1, kNow, kClock).fate, Fate::quarantine);
  EXPECT_EQ(policy.DecideOpening(Corrupt("not-dicom"), "", 0, kNow, kClock).fate, Fate::quarantine);
}

TEST(FailurePolicy, TriesThatFailedOtherwiseAreNoDeaths) {
  const FailurePolicy policy{Retry()};
  EXPECT_EQ(policy.DecideOpening(Corrupt("open-worker-died"), "disk-full", 7, kNow, kClock).fate, Fate::retry);
  EXPECT_EQ(policy.DecideOpening(Transient("open-worker-killed"), "open-worker-killed", 7, kNow, kClock).fate,
            Fate::retry);
}

TEST(FailurePolicy, WantOfMemoryIsForgivenOnceAsADeathIs) {
  const FailurePolicy policy{Retry()};
  const Error memory = Corrupt("open-out-of-memory");
  EXPECT_EQ(policy.DecideOpening(memory, "", 0, kNow, kClock).fate, Fate::retry);
  EXPECT_EQ(policy.DecideOpening(memory, "open-out-of-memory", 1, kNow, kClock).fate, Fate::quarantine);
  EXPECT_EQ(policy.DecideOpening(memory, "open-worker-died", 1, kNow, kClock).fate, Fate::quarantine);
  EXPECT_EQ(policy.DecideOpening(Corrupt("open-worker-died"), "open-out-of-memory", 1, kNow, kClock).fate,
            Fate::quarantine);
}

TEST(FailurePolicy, WhatAWrongClockMayHaveDoneWaitsUntilItIsCertain) {
  const FailurePolicy policy{Retry()};
  StoppedClock clock;
  for (const char* code : {"signature-in-future", "signature-too-old", "signature-expired", "signer-key-expired"}) {
    clock.steady_for = Milliseconds(3'599'000);
    const Decision waits = policy.DecideOpening(Corrupt(code), "", 3, kNow, clock);
    EXPECT_EQ(waits.fate, Fate::retry) << code;
    EXPECT_GE(waits.next_try, kNow + Milliseconds(6000)) << code;
    EXPECT_EQ(policy.DecideOpening(Corrupt("bad-signature"), "", 3, kNow, clock).fate, Fate::quarantine);
    clock.steady_for = Milliseconds(3'600'000);
    EXPECT_EQ(policy.DecideOpening(Corrupt(code), code, 3, kNow, clock).fate, Fate::quarantine) << code;
  }
}

TEST(Destination, IsLeftAloneWhileItIsAway) {
  Destination destination{FailurePolicy(Retry())};
  EXPECT_EQ(destination.Wait(kNow).count(), 0);
  const Milliseconds wait = destination.Failed(kNow);
  EXPECT_GT(wait.count(), 0);
  EXPECT_EQ(destination.Wait(kNow), wait);
  EXPECT_EQ(destination.Wait(kNow + wait).count(), 0);
}

TEST(Destination, BeginsOneBackOffForAllItsWorkers) {
  Destination destination{FailurePolicy(Retry())};
  EXPECT_GT(destination.Failed(kNow).count(), 0);
  EXPECT_EQ(destination.Failed(kNow).count(), 0);
}

TEST(Destination, IsForgivenWhenItWorks) {
  Destination destination{FailurePolicy(Retry())};
  Time now = kNow;
  for (int i = 0; i < 5; ++i) now += destination.Failed(now);
  EXPECT_GT(destination.Failed(now).count(), 10'000);
  destination.Worked();
  EXPECT_EQ(destination.Wait(now).count(), 0);
  EXPECT_LE(destination.Failed(now).count(), 1000);
}

TEST(Destination, AClockThatIsSetBackEndsTheBackOff) {
  Destination destination{FailurePolicy(Retry())};
  ASSERT_GT(destination.Failed(kNow).count(), 0);
  EXPECT_EQ(destination.Wait(kNow - Milliseconds(1)).count(), 0);
  EXPECT_EQ(destination.Wait(kNow - Milliseconds(86'400'000)).count(), 0);
  // And begins another one where it is tried in vain.
  const Milliseconds wait = destination.Failed(kNow - Milliseconds(86'400'000));
  EXPECT_GT(wait.count(), 0);
  EXPECT_EQ(destination.Wait(kNow - Milliseconds(86'400'000)), wait);
}

TEST(Destination, AnEmergencyWaitsAMinuteAtMost) {
  RetrySettings retry = Retry();
  retry.first = retry.max = Milliseconds(1'800'000);
  Destination destination{FailurePolicy(retry)};
  ASSERT_GT(destination.Failed(kNow).count(), 1'000'000);
  EXPECT_EQ(destination.Wait(kNow, true).count(), 60'000);
  const Time later = kNow + Milliseconds(60'000);
  EXPECT_EQ(destination.Wait(later, true).count(), 0);
  EXPECT_GT(destination.Wait(later).count(), 1'000'000);
  // Each failure begins that minute anew, but no longer back-off.
  EXPECT_EQ(destination.Failed(later).count(), 0);
  EXPECT_EQ(destination.Wait(later, true).count(), 60'000);
}

TEST(Destination, IsTriedByOneAtATimeWhileItFails) {
  Destination destination{FailurePolicy(Retry())};
  EXPECT_TRUE(destination.Begin(kNow, false));
  EXPECT_TRUE(destination.Begin(kNow, false));
  const Time after = kNow + destination.Failed(kNow);
  EXPECT_FALSE(destination.Begin(kNow, false));
  EXPECT_TRUE(destination.Begin(after, false));
  EXPECT_FALSE(destination.Begin(after, false));
  EXPECT_FALSE(destination.Begin(after, true));
  destination.Abandon();
  EXPECT_TRUE(destination.Begin(after, true));
  EXPECT_TRUE(destination.failing());
  EXPECT_TRUE(destination.Worked());
  EXPECT_TRUE(destination.Begin(after, false));
  EXPECT_FALSE(destination.failing());
  EXPECT_FALSE(destination.Worked());
}

TEST(SystemClock, IsSteadySinceItsStart) {
  const SystemClock clock;
  EXPECT_GE(clock.SteadyFor().count(), 0);
  EXPECT_LT(clock.SteadyFor(), Milliseconds(600'000));
}

}  // namespace
}  // namespace gateway
