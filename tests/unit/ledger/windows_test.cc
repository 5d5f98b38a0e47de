// Messages wait for the time window of their rule.
#include "ledger/claims.h"
#include "ledger/operator_acts.h"
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class WindowsTest : public LedgerTest {
 protected:
  WindowsTest() : LedgerTest(FastDirectory()) {}

  std::vector<MessageToSeal> Claim(std::int64_t now) {
    return Must(ledger->seal_queue.Claim(9, At(now), Milliseconds(-1)));
  }
  MessageDetails Shown(std::int64_t id) {
    return std::get<MessageDetails>(Must(operators->Show({ItemKind::message, id})).value());
  }
};

TEST_F(WindowsTest, AWholeShipmentWaitsAndIsNoFailure) {
  const std::int64_t shipment = CloseOne(3);
  ASSERT_TRUE(ledger->seal_queue.DeferToWindow(Claim(50).at(0), At(1000), At(50)));
  EXPECT_THAT(Claim(999), IsEmpty());
  EXPECT_EQ(Shown(1).window_opens, At(1000));
  EXPECT_EQ(Shown(1).attempts.tries, 0);
  const ItemSummary listed = Must(operators->List({.kind = ItemKind::shipment})).at(0);
  EXPECT_EQ(listed.id.number, shipment);
  EXPECT_TRUE(listed.reason.IsEmpty());
  EXPECT_EQ(std::get<ShipmentSummary>(listed.about).window_opens, At(1000));
  const auto open = Claim(1000);
  ASSERT_THAT(open, SizeIs(3));
  EXPECT_EQ(open.at(0).window_opens, At(1000));
}

TEST_F(WindowsTest, WhatAPersonRetriesLeavesAtOnce) {
  const std::int64_t shipment = CloseOne(2);
  ASSERT_TRUE(ledger->seal_queue.DeferToWindow(Claim(50).at(0), At(1000), At(50)));
  ASSERT_TRUE(OperatorActs(*database).RetryDestination({DestinationKind::partner, "b"}, At(60)));
  for (const MessageToSeal& message : Claim(60)) {
    EXPECT_FALSE(message.at_once);
    ASSERT_TRUE(ledger->seal_queue.DeferToWindow(message, At(1000), At(60)));
  }
  EXPECT_THAT(Claim(60), IsEmpty());
  ASSERT_TRUE(OperatorActs(*database).Retry({ItemKind::shipment, shipment}, At(70)));
  const auto claimed = Claim(70);
  ASSERT_THAT(claimed, SizeIs(2));
  for (const MessageToSeal& message : claimed) EXPECT_TRUE(message.at_once);
}

TEST_F(WindowsTest, SealedMessagesWaitAsWell) {
  CloseOne(1);
  SealAll();
  const auto sealed = Must(ledger->send_queue.Claim("main", 9, At(60), Milliseconds(-1)));
  ASSERT_THAT(sealed, SizeIs(1));
  EXPECT_EQ(sealed.at(0).rule, "rule");
  ASSERT_TRUE(ledger->send_queue.DeferToWindow(sealed.at(0), At(1000), At(60)));
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(999), kLease)), IsEmpty());
  EXPECT_EQ(Shown(1).window_opens, At(1000));
  EXPECT_THAT(Must(ledger->send_queue.Claim("main", 9, At(1000), kLease)), SizeIs(1));
}

TEST_F(WindowsTest, AStartLooksAtTheWindowAnew) {
  CloseOne(2);
  ASSERT_TRUE(ledger->seal_queue.DeferToWindow(Claim(50).at(0), At(1000), At(50)));
  ASSERT_THAT(Claim(60), IsEmpty());
  ASSERT_TRUE(Claims(*database).UnclaimOutbound());
  EXPECT_THAT(Claim(60), SizeIs(2));
}

TEST_F(WindowsTest, AFailureBeforeKeepsItsAge) {
  CloseOne(1);
  ASSERT_TRUE(Must(ledger->seal_queue.RecordFailure(Claim(50).at(0).id, Transient("x", "no"), At(55))));
  ASSERT_TRUE(ledger->seal_queue.DeferToWindow(Claim(60).at(0), At(1000), At(60)));
  EXPECT_EQ(Claim(1000).at(0).window_opens, Time{});
}

}  // namespace
}  // namespace gateway::ledger
