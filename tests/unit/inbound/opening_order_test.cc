#include "inbound/opening_order.h"

#include <gtest/gtest.h>

#include "inbound/other_taker.h"

namespace gateway::inbound {
namespace {

TEST(OpeningOrder, UrgencyIsBelievedOfWhoSignedWellOfLate) {
  OpeningOrder order;
  EXPECT_FALSE(order.IsUrgencyBelieved("b"));
  order.NoteBefore({{"b", true}, {"b", true}, {"b", false}, {"c", false}});
  EXPECT_TRUE(order.IsUrgencyBelieved("b"));
  EXPECT_FALSE(order.IsUrgencyBelieved("c"));
  for (int i = 0; i < 6; ++i) order.Note("b", false);
  EXPECT_FALSE(order.IsUrgencyBelieved("b"));
  for (int i = 0; i < 10; ++i) order.Note("b", true);
  EXPECT_TRUE(order.IsUrgencyBelieved("b"));
}

TEST(OpeningOrder, AfterADearMailItsSendersOthersArePutBackSooner) {
  OpeningOrder order;
  EXPECT_EQ(order.QuickShare("b"), 1U);
  order.NoteSlow("b");
  EXPECT_GT(order.QuickShare("b"), 1U);
  EXPECT_EQ(order.QuickShare("c"), 1U);
  EXPECT_EQ(order.QuickShare(""), 1U);
}

TEST(OpeningOrder, OneWorkerIsInTheSlowLane) {
  OpeningOrder order;
  SlowLane one(order);
  SlowLane two(order);
  EXPECT_TRUE(one.Enter());
  EXPECT_FALSE(two.Enter());
  one.Leave();
  EXPECT_TRUE(two.Enter());
}

TEST(OtherTaker, TellsOfThreeMailsWithinAnHourAndOnceAnHour) {
  using std::chrono::minutes;
  OtherTaker taker;
  const OtherTaker::SteadyTime start;
  EXPECT_FALSE(taker.Took(start));
  EXPECT_FALSE(taker.Took(start + minutes(50)));
  EXPECT_FALSE(taker.Took(start + minutes(70)));  // the first is long ago
  EXPECT_TRUE(taker.Took(start + minutes(80)));
  EXPECT_FALSE(taker.Took(start + minutes(81)));
  EXPECT_FALSE(taker.Took(start + minutes(130)));
  EXPECT_TRUE(taker.Took(start + minutes(141)));
}

}  // namespace
}  // namespace gateway::inbound
