#include "base/failure_policy.h"

#include <gtest/gtest.h>

#include "base/destination.h"

namespace gateway {
namespace {

constexpr Time kNow{Milliseconds(1'000'000'000)};

RetrySettings Retry() {
  return {Milliseconds(1000), Milliseconds(60'000), Milliseconds(3'600'000)};
}

TEST(FailurePolicy, RetriesWhatMayPass) {
  const Decision decision = FailurePolicy(Retry()).Decide(Transient("x"), 0, kNow, kNow);
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
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Transient("x"), 3, created, kNow).fate, Fate::fail);
}

TEST(FailurePolicy, FailsWhatWillNotPass) {
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Permanent("x"), 0, kNow, kNow).fate, Fate::fail);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(ConfigError("x"), 0, kNow, kNow).fate, Fate::fail);
}

TEST(FailurePolicy, QuarantinesWhatIsDamaged) {
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Corrupt("x"), 0, kNow, kNow).fate, Fate::quarantine);
}

TEST(FailurePolicy, ClockSetBackDoesNotGiveUp) {
  const Time created = kNow + Milliseconds(10'000'000);
  EXPECT_EQ(FailurePolicy(Retry()).Decide(Transient("x"), 0, created, kNow).fate, Fate::retry);
}

TEST(FailurePolicy, FirstDeathOfAnOpenWorkerIsForgiven) {
  const FailurePolicy policy{Retry()};
  const Error died = Corrupt("open-worker-died");
  const Decision first = policy.DecideOpening(died, 0, kNow, kNow);
  EXPECT_EQ(first.fate, Fate::retry);
  EXPECT_GT(first.next_try, kNow);
  EXPECT_EQ(policy.DecideOpening(died, 1, kNow, kNow).fate, Fate::quarantine);
  EXPECT_EQ(policy.DecideOpening(Corrupt("not-dicom"), 0, kNow, kNow).fate, Fate::quarantine);
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

}  // namespace
}  // namespace gateway
