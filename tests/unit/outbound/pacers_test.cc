// Mails keep to the limits of their partner and their mailbox. The test says what time it is.
#include "outbound/pacers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "policy/worker.h"

namespace gateway::outbound {
namespace {

class PacersClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override { return FromUnixMilliseconds(1'700'000'000'000); }
};

class PacersTest : public testing::Test {
 protected:
  PacersTest() {
    mailboxes_.emplace_back().name = "main";
    for (const char* const name : {"b", "c"}) {
      PartnerSettings& partner = partners_.emplace_back();
      partner.name = name;
      partner.mailbox = "main";
    }
  }
  Pacers Make() { return {mailboxes_, partners_, clock_}; }

  const PacersClock clock_;
  std::vector<MailboxSettings> mailboxes_;
  std::vector<PartnerSettings> partners_;
  const Pacer::SteadyTime begin_{std::chrono::hours(1)};
};

TEST_F(PacersTest, WithoutLimitsThereIsNone) {
  Pacers pacers = Make();
  EXPECT_FALSE(pacers.Concern("main"));
  EXPECT_EQ(pacers.TakeTurn("main", "b", 1'000'000'000, [] {}).pace, nullptr);
}

TEST_F(PacersTest, ALimitOfAPartnerIsItsOwn) {
  partners_[0].limits.bulk = 1000;
  Pacers pacers = Make();
  EXPECT_TRUE(pacers.Concern("main"));
  EXPECT_EQ(pacers.TakeTurn("main", "c", 10, [] {}).pace, nullptr);
  EXPECT_EQ(pacers.TakeTurn("main", "b", 10, [] {}).pace->PieceOf(100'000), 250u);
}

TEST_F(PacersTest, TheSlowerOfTwoLimitsDecides) {
  mailboxes_[0].limits.bulk = 1000;
  partners_[0].limits.bulk = 1'000'000;
  EXPECT_EQ(Make().TakeTurn("main", "b", 10, [] {}).pace->PieceOf(100'000), 250u);
}

TEST_F(PacersTest, BytesQueueBehindThoseOfOtherConnections) {
  Pacer pacer({.bulk = 1000, .hours = {}}, clock_);
  EXPECT_EQ(pacer.Take(100, begin_), Milliseconds(100));
  EXPECT_EQ(pacer.Take(100, begin_), Milliseconds(200));
  EXPECT_EQ(pacer.Take(100, begin_ + Milliseconds(50)), Milliseconds(250));
  // An idle hour is no credit.
  EXPECT_EQ(pacer.Take(100, begin_ + std::chrono::hours(1)), Milliseconds(100));
}

TEST_F(PacersTest, TheTimeOfDayDecides) {
  LimitSettings limits{.bulk = 1000, .hours = {}};
  EXPECT_EQ(RateAt(limits, clock_.Now()), 1000u);
  limits.hours.push_back({{0, 12 * 60}, 5000});
  limits.hours.push_back({{12 * 60, 0}, 5000});
  EXPECT_EQ(RateAt(limits, clock_.Now()), 5000u);
}

TEST_F(PacersTest, OneLongMailToAPartnerAtATime) {
  partners_[0].limits.bulk = 1000;
  Pacers pacers = Make();
  Pacers::Turn first = pacers.TakeTurn("main", "b", 60'000, [] {});
  EXPECT_TRUE(first.is_long);
  EXPECT_TRUE(pacers.TakeTurn("main", "b", 60'000, [] {}).busy);
  EXPECT_FALSE(pacers.TakeTurn("main", "b", 1000, [] {}).busy);
  first.pace.reset();
  EXPECT_FALSE(pacers.TakeTurn("main", "b", 60'000, [] {}).busy);
}

TEST_F(PacersTest, AWorkerThatStopsDoesNotWait) {
  partners_[0].limits.bulk = 1000;
  Pacers pacers = Make();
  Signal signal;
  std::atomic<bool> begun = false;
  std::string error;
  {
    const std::jthread worker = StartWorker("test", signal, [&](const std::stop_token&) {
      begun = true;
      const auto waited = pacers.TakeTurn("main", "b", 3'600'000, [] {}).pace->Wait(3'600'000);
      if (!waited) error = waited.error().code;
      return Milliseconds(3'600'000);
    });
    while (!begun) std::this_thread::yield();
  }
  EXPECT_EQ(error, "interrupted");
}

}  // namespace
}  // namespace gateway::outbound
