#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::SizeIs;

class DeferralTest : public LedgerTest {
 protected:
  DeferralTest() : LedgerTest(FastDirectory()) {}

  std::int64_t Add(const std::string& partner, Priority priority, const std::string& uid) {
    return Must(ledger->intake.AddInstance(MakeInstance(uid), {To(partner, Bundling::instance, priority)})).instance;
  }
  std::vector<MessageToSeal> ToSeal(Time now) { return Must(ledger->seal_queue.Claim(100, now, Milliseconds(1))); }
  std::vector<MessageToSend> ToSend(Time now, Priority least = Priority::bulk) {
    return Must(ledger->send_queue.Claim("main", 100, now, Milliseconds(1), least));
  }
};

TEST_F(DeferralTest, AllThatGoesToThePartnerWaitsButEmergencies) {
  for (int i = 0; i < 3; ++i) Add("dead", Priority::normal, "1.1." + std::to_string(i));
  Add("dead", Priority::emergency, "1.2");
  Add("b", Priority::bulk, "1.3");
  const MessageToSeal first = Must(ledger->seal_queue.Claim(2, At(1), kLease)).at(1);
  ASSERT_EQ(first.priority, Priority::normal);
  ASSERT_TRUE(ledger->seal_queue.Defer(first, At(100), At(2)));
  ASSERT_TRUE(ledger->claims.UnclaimOutbound());
  const auto due = ToSeal(At(3));
  ASSERT_THAT(due, SizeIs(2));
  EXPECT_EQ(due[0].priority, Priority::emergency);
  EXPECT_EQ(due[1].partner, "b");
  EXPECT_THAT(ToSeal(At(100)), SizeIs(5));
  EXPECT_EQ(ToSeal(At(200)).at(1).tries, 0U);
}

TEST_F(DeferralTest, WhatIsSealedWaitsAndIsDueWhenTheDeferralEnds) {
  for (int i = 0; i < 3; ++i) Add("dead", Priority::normal, "1.1." + std::to_string(i));
  Add("b", Priority::normal, "1.3");
  SealAll();
  ASSERT_TRUE(ledger->send_queue.Defer(ToSend(At(51)).at(0), "main", At(100), At(52)));
  EXPECT_THAT(ToSend(At(53)), SizeIs(1));
  EXPECT_TRUE(Must(ledger->seal_queue.HasSealed("main", "dead")));
  EXPECT_FALSE(Must(ledger->seal_queue.HasSealed("other", "")));
  ASSERT_TRUE(ledger->send_queue.EndDeferral("main", "b", At(54)));
  EXPECT_THAT(ToSend(At(55)), SizeIs(1));
  ASSERT_TRUE(ledger->send_queue.EndDeferral("main", "dead", At(56)));
  EXPECT_THAT(ToSend(At(57)), SizeIs(4));
}

TEST_F(DeferralTest, AnEmergencyThatWaitsTakesNobodyAlong) {
  Add("b", Priority::emergency, "1.1");
  Add("b", Priority::emergency, "1.2");
  Add("b", Priority::normal, "1.3");
  SealAll();
  ASSERT_TRUE(ledger->send_queue.Defer(ToSend(At(51)).at(0), "main", At(100), At(52)));
  EXPECT_THAT(ToSend(At(53)), SizeIs(2));
  EXPECT_THAT(ToSend(At(54), Priority::emergency), SizeIs(1));
}

TEST_F(DeferralTest, WhatWasTriedItselfStaysDeferred) {
  Add("b", Priority::normal, "1.1");
  SealAll();
  const MessageToSend message = ToSend(At(51)).at(0);
  ASSERT_TRUE(ledger->send_queue.RecordFailure(message.id, message.sealed.message_id, Transient("x"), At(100)));
  ASSERT_TRUE(ledger->send_queue.EndDeferral("main", "", At(52)));
  EXPECT_THAT(ToSend(At(53)), SizeIs(0));
}

TEST_F(DeferralTest, ReceiptsLikewise) {
  for (std::uint32_t uid = 1; uid <= 3; ++uid) {
    OpenedMail opened =
        MakeOpened(ledger->fetched_mails.Add(MakeMail(uid)).value().mail, {MakeReceived("1." + std::to_string(uid))});
    opened.facts.partner = uid == 3 ? "c" : "b";
    opened.receipt = ReceiptRequest{
        ReceiptKind::mdn, std::to_string(uid) + "@x", "", std::to_string(uid) + "@y", ReceiptWhen::accepted, {}, {}};
    ASSERT_TRUE(ledger->opened_mails.Record(opened, At(10)));
  }
  const auto claim = [&](int second) { return Must(ledger->receipts.Claim("main", 10, At(second), Milliseconds(1))); };
  ASSERT_TRUE(ledger->receipts.Defer(claim(11).at(0), "main", At(100), At(12)));
  ASSERT_THAT(claim(13), SizeIs(1));
  EXPECT_EQ(claim(14).at(0).partner, "c");
  ASSERT_TRUE(ledger->receipts.EndDeferral("main", "b", At(15)));
  EXPECT_THAT(claim(16), SizeIs(3));
}

// A clock that was a year ahead: everything that was put off, leased or dated in that year.
TEST_F(DeferralTest, AClockThatWasSetBackFreezesNothing) {
  constexpr int kYear = 365 * 86'400;
  Add("b", Priority::normal, "1.1");
  const std::int64_t waiting = Must(ledger->seal_queue.Claim(1, At(kYear), kLease)).at(0).id;
  ASSERT_TRUE(ledger->seal_queue.RecordFailure(waiting, Transient("x"), At(kYear + 60)));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1.4", "1.2.4", At(kYear)), {To("b")}));
  AddOpened(1, {MakeReceived("2.1")});
  const std::int64_t delivery = Must(ledger->deliveries.Claim("main", 1, At(200), kLease)).at(0).id;
  ASSERT_TRUE(ledger->deliveries.RecordFailure(delivery, Transient("x"), At(kYear), At(200)));
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(2)).value().mail;
  ASSERT_TRUE(ledger->open_queue.RecordFailure(mail, Transient("x"), At(kYear)));
  ASSERT_THAT(ToSeal(At(300)), SizeIs(0));

  EXPECT_GE(Must(ledger->clock_set_back.CorrectOutbound(Milliseconds(60'000), At(300))), 2U);
  EXPECT_GE(Must(ledger->clock_set_back.CorrectInbound(Milliseconds(60'000), Milliseconds(60'000), At(300))), 2U);
  EXPECT_THAT(ToSeal(At(300)), SizeIs(1));
  EXPECT_THAT(Must(ledger->shipments.Quiet(At(300), 10)), SizeIs(1));
  EXPECT_THAT(Must(ledger->deliveries.Claim("main", 1, At(300), kLease)), SizeIs(1));
  EXPECT_THAT(Must(ledger->open_queue.Claim(1, At(300), kLease)), SizeIs(1));
  EXPECT_EQ(Must(ledger->clock_set_back.CorrectOutbound(Milliseconds(60'000), At(301))), 0U);
}

}  // namespace
}  // namespace gateway::ledger
