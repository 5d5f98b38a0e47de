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

TEST_F(ActsTest, ResendSaysWhichDestinationsAreGone) {
  SealOne();
  settings.partners.clear();
  const Resent resent = ledger::Must(Resend(Context(), {ItemKind::message, 1}, false, At(70)));
  EXPECT_THAT(resent.not_configured, ElementsAre(DestinationName{DestinationKind::partner, "b"}));
}

}  // namespace
}  // namespace gateway::operations
