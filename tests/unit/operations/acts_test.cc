#include "operations/acts.h"

#include "operations/redirect.h"
#include "operations/resend.h"
#include "operations/send.h"
#include "operations_fixture.h"
#include "support/set_clock.h"

namespace gateway::operations {
namespace {

using ledger::At;
using ledger::DestinationKind;
using ledger::DestinationName;
using ledger::MakeReceived;
using testing::ElementsAre;

const DestinationName kOther{DestinationKind::pacs, "other"};

class ActsTest : public OperationsTest {
 protected:
  // A message whose sealed file is in the spool; returns the key of the file.
  std::string SealOne() {
    CloseOne(1);
    const std::string key = Keep(spool::Kind::message);
    const auto claimed = ledger::Must(ledger->seal_queue.Claim(1, At(50), ledger::kLease));
    EXPECT_TRUE(ledger->seal_queue.RecordSealed(claimed.at(0).id, ledger::MakeSealed(key)));
    return key;
  }
};

TEST_F(ActsTest, CancelRemovesTheFilesThatNobodyNeeds) {
  const std::string key = SealOne();
  EXPECT_EQ(ledger::Must(Cancel(Context(), {ItemKind::message, 1}, At(60))).items, 1u);
  EXPECT_FALSE(IsThere(spool::Kind::message, key));
}

TEST_F(ActsTest, NoActIsForADestinationThatTheConfigurationDoesNotHave) {
  EXPECT_EQ(Retry(Context(), kOther, At(60)).error().code, "no-such-destination");
  EXPECT_EQ(Hold(Context(), kOther, At(60)).error().code, "no-such-destination");
  EXPECT_EQ(Redeliver(Context(), {ItemId{ItemKind::mail, 1}, "other"}, At(60)).error().code, "no-such-destination");
  EXPECT_EQ(Redirect(Context(), {DestinationKind::pacs, "main"}, "other", SetClock()).error().code,
            "no-such-destination");
  EXPECT_EQ(Send(Context(), {"c", Priority::normal, {}}, SetClock()).error().code, "no-such-destination");
}

TEST_F(ActsTest, WhatWasHeldBeforeItsDestinationWentCanBeReleased) {
  AddOpened(1, {MakeReceived("1")});
  ASSERT_TRUE(Hold(Context(), DestinationName{DestinationKind::pacs, "main"}, At(150)));
  settings.pacs.clear();
  EXPECT_EQ(ledger::Must(Release(Context(), DestinationName{DestinationKind::pacs, "main"}, At(160))).items, 1u);
}

TEST_F(ActsTest, ARetryThatNoWorkerWouldClaimIsRefused) {
  AddOpened(1, {MakeReceived("1", {"other"})});
  EXPECT_EQ(Retry(Context(), ItemId{ItemKind::delivery, 1}, At(200)).error().code, "destination-not-configured");
  EXPECT_EQ(Retry(Context(), ItemId{ItemKind::delivery, 9}, At(200)).error().code, "no-such-item");
  EXPECT_TRUE(RetryAll(Context(), At(200)));
}

TEST_F(ActsTest, RedirectMovesWhatWaitsForAnOldName) {
  AddOpened(1, {MakeReceived("1", {"other"})});
  const Redirected moved = ledger::Must(Redirect(Context(), kOther, "main", SetClock()));
  EXPECT_EQ(moved.items, 1u);
  EXPECT_FALSE(moved.from_is_known || moved.IsNothing());
  EXPECT_TRUE(ledger::Must(Redirect(Context(), kOther, "main", SetClock())).IsNothing());
}

TEST_F(ActsTest, ResendRemovesTheFileOfTheFirstSealing) {
  const std::string key = SealOne();
  ASSERT_TRUE(ledger->send_queue.RecordFailure(1, key + "@a.example", Permanent("smtp-refused"), std::nullopt));
  EXPECT_TRUE(IsThere(spool::Kind::message, key));
  const Resent resent = ledger::Must(Resend(Context(), {ItemKind::message, 1}, false, At(70)));
  EXPECT_EQ(resent.messages, 1u);
  EXPECT_THAT(resent.not_configured, testing::IsEmpty());
  EXPECT_FALSE(IsThere(spool::Kind::message, key));
  EXPECT_EQ(Resend(Context(), {ItemKind::message, 9}, false, At(70)).error().code, "no-such-item");
}

TEST_F(ActsTest, AMessageThatStillWaitsIsNotSentAgain) {
  SealOne();
  for (const ItemId item : {ItemId{ItemKind::message, 1}, {ItemKind::shipment, 1}}) {
    const auto resent = Resend(Context(), item, false, At(70));
    ASSERT_FALSE(resent);
    EXPECT_EQ(resent.error().code, "wrong-state");
    EXPECT_EQ(resent.error().refusal()->item, item);
  }
  EXPECT_EQ(ledger::Must(Resend(Context(), {ItemKind::message, 1}, true, At(70))).messages, 0u);
}

TEST_F(ActsTest, ARefusedRetryNamesTheInstanceOfACancelledDelivery) {
  AddOpened(1, {MakeReceived("1", {"main", "other"})});
  settings.pacs.push_back(settings.pacs[0]);
  settings.pacs[1].name = "other";
  const ItemId delivery{ItemKind::delivery, 2};
  ASSERT_TRUE(Cancel(Context(), delivery, At(150)));
  const auto retried = Retry(Context(), delivery, At(160));
  ASSERT_FALSE(retried);
  EXPECT_EQ(retried.error().refusal()->instead, (ItemId{ItemKind::instance, 1}));
  EXPECT_EQ(retried.error().refusal()->destination, kOther);
  // This is the command that the refusal names.
  EXPECT_EQ(ledger::Must(Redeliver(Context(), {ItemId{ItemKind::instance, 1}, "other"}, At(170))).deliveries, 1u);
  // The instance goes with its last delivery.
  ASSERT_TRUE(Cancel(Context(), delivery, At(180)));
  ASSERT_TRUE(Cancel(Context(), {ItemKind::delivery, 1}, At(180)));
  EXPECT_EQ(Retry(Context(), delivery, At(190)).error().refusal()->instead, std::nullopt);
}

TEST_F(ActsTest, WhatWasNotReceivedIsNotRedelivered) {
  CloseOne(1);
  const auto sent = Redeliver(Context(), {ItemId{ItemKind::instance, 1}, {}}, At(60));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "wrong-state");
  EXPECT_EQ(sent.error().refusal()->instead, (ItemId{ItemKind::message, 1}));
  const std::int64_t mail = ledger::Must(ledger->fetched_mails.Add(ledger::MakeMail(1))).mail;
  const auto fetched = Redeliver(Context(), {ItemId{ItemKind::mail, mail}, {}}, At(60));
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().refusal()->state, ledger::KindState(ledger::MailState::fetched));
}

TEST_F(ActsTest, ResendSaysWhichDestinationsAreGone) {
  const std::string key = SealOne();
  ASSERT_TRUE(ledger->send_queue.RecordFailure(1, key + "@a.example", Permanent("smtp-refused"), std::nullopt));
  settings.partners.clear();
  const Resent resent = ledger::Must(Resend(Context(), {ItemKind::message, 1}, false, At(70)));
  EXPECT_THAT(resent.not_configured, ElementsAre(DestinationName{DestinationKind::partner, "b"}));
}

}  // namespace
}  // namespace gateway::operations
