// However a delivery becomes in doubt, its PACS counts as having been given the instance: one test
// for each way.
#include <functional>

#include "ledger/operator_acts.h"
#include "ledger/redeliveries.h"
#include "ledger/redirections.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class InDoubt : public ReceptionTest {
 protected:
  InDoubt() : acts(*database), redirections(*database) {}

  InstanceOutcome Take(const std::string& partner, const std::string& hash,
                       const std::vector<std::string>& pacs = {"main"}) {
    const RecordedMail recorded = Open([&](OpenedMail& opened) {
      NewReceivedInstance instance = MakeReceived("1", pacs, hash);
      instance.spool_key += "-" + std::to_string(opened.mail);
      instance.compared.emplace();
      for (const EarlierInstance& other : Must(ledger->opened_mails.EarlierInstances(instance.header))) {
        instance.compared->emplace(
            other.dataset_sha256,
            Compared{.difference = Difference::pixels, .taken = false, .why = "the pixels differ"});
      }
      opened.facts.partner = partner;
      opened.facts.message_id = "mail-" + std::to_string(opened.mail);
      opened.instances = {std::move(instance)};
    });
    return recorded.instances.at(0).outcome;
  }
  std::vector<std::int64_t> Claim(Time now, std::vector<StoppedDelivery>* stopped = nullptr,
                                  const std::string& pacs = "main") {
    std::vector<std::int64_t> ids;
    for (const DeliveryToMake& delivery :
         Must(ledger->deliveries.Claim(pacs, 99, now, kLease, ClaimFirst::oldest, stopped))) {
      ids.push_back(delivery.id);
    }
    return ids;
  }
  void TakeFirst() {
    ASSERT_EQ(Take("a", "first"), InstanceOutcome::accepted);
    ASSERT_THAT(Claim(At(150)), ElementsAre(1));
  }
  // The first was cancelled, and the PACS may have it all the same, so that another needs a person.
  void ExpectThatThePacsMayHaveTheFirst() {
    ASSERT_TRUE(acts.Cancel(kFirst, At(900)));
    EXPECT_EQ(Take("c", "other"), InstanceOutcome::conflict);
  }
  void ReleaseOther() { ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(2, {"main"}, At(151)))); }

  OperatorActs acts;
  Redirections redirections;
  const ItemId kFirst{ItemKind::delivery, 1};
  const Time kLeaseOver = At(151) + kLease;
};

TEST_F(InDoubt, WhatNobodyHadInHandWasNotGiven) {
  ASSERT_EQ(Take("a", "first"), InstanceOutcome::accepted);
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  ASSERT_THAT(Claim(At(150)), ElementsAre(1));
  ASSERT_TRUE(ledger->deliveries.Unclaim({1}));
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  ASSERT_TRUE(acts.Cancel(kFirst, At(900)));
  EXPECT_EQ(Take("c", "other"), InstanceOutcome::accepted);
}

TEST_F(InDoubt, AnAnswerThatWasLost) {
  TakeFirst();
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(1));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(1, Permanent("refused"), std::nullopt, At(160)));
  ExpectThatThePacsMayHaveTheFirst();
}

TEST_F(InDoubt, AStartAfterTheDaemonDied) {
  TakeFirst();
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  ExpectThatThePacsMayHaveTheFirst();
}

TEST_F(InDoubt, AStartWhileTheDeliveryIsHeld) {
  TakeFirst();
  ASSERT_TRUE(acts.Hold(kFirst, At(151)));
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  ExpectThatThePacsMayHaveTheFirst();
}

TEST_F(InDoubt, AClaimThatEndedAndWasMadeAgain) {
  TakeFirst();
  ASSERT_THAT(Claim(kLeaseOver), ElementsAre(1));
  ASSERT_TRUE(ledger->deliveries.Unclaim({1}));
  ExpectThatThePacsMayHaveTheFirst();
}

TEST_F(InDoubt, ACancelOfWhatAWorkerHasInHand) {
  TakeFirst();
  ExpectThatThePacsMayHaveTheFirst();
}

TEST_F(InDoubt, ACancelOfWhatADeadWorkerHadInHand) {
  TakeFirst();
  ASSERT_TRUE(acts.Cancel(kFirst, kLeaseOver));
  EXPECT_EQ(Take("c", "other"), InstanceOutcome::conflict);
}

// The PACS of before may have it, and the new one has not.
TEST_F(InDoubt, ARedirectOfWhatADeadDaemonHadInHand) {
  TakeFirst();
  const DestinationName main{DestinationKind::pacs, "main"};
  ASSERT_EQ(Must(redirections.Redirect({.from = main, .to = "second", .mailbox = {}, .addresses = {}}, At(500))).items,
            1u);
  ASSERT_TRUE(acts.Cancel(kFirst, At(900)));
  EXPECT_EQ(Take("c", "other", {"second", "main"}), InstanceOutcome::conflict);
}

TEST_F(InDoubt, ARedirectToTheNewNameOfThePacs) {
  TakeFirst();
  const DestinationName main{DestinationKind::pacs, "main"};
  const Redirection renamed{.from = main, .to = "second", .renamed = true, .mailbox = {}, .addresses = {}};
  ASSERT_EQ(Must(redirections.Redirect(renamed, At(500))).items, 1u);
  ASSERT_TRUE(acts.Cancel(kFirst, At(900)));
  EXPECT_EQ(Take("c", "other", {"second"}), InstanceOutcome::conflict);
}

// The worker that died stored the first before its claim ended, if at all. The other came to the
// PACS after that.
TEST_F(InDoubt, OfAClaimThatEndedCameBeforeWhatThePacsWasGivenSince) {
  TakeFirst();
  ASSERT_EQ(Take("c", "other"), InstanceOutcome::conflict);
  ReleaseOther();
  ASSERT_TRUE(acts.Hold(kFirst, At(152)));
  EXPECT_THAT(Claim(At(153)), IsEmpty()) << "a worker may be storing the first";
  ASSERT_THAT(Claim(kLeaseOver + Milliseconds(2000)), ElementsAre(2));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(2, 0, kLeaseOver + Milliseconds(2001)));
  ASSERT_TRUE(acts.Release(kFirst, kLeaseOver + Milliseconds(2002)));
  std::vector<StoppedDelivery> stopped;
  EXPECT_THAT(Claim(kLeaseOver + Milliseconds(3000), &stopped), IsEmpty());
  ASSERT_THAT(stopped, SizeIs(1));
  EXPECT_EQ(stopped[0].error.code, "overtaken");
}

// Each C-STORE without an answer may have replaced what the PACS was given in between.
TEST_F(InDoubt, ASecondAnswerThatWasLostCountsAnew) {
  TakeFirst();
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(1));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(1, Permanent("refused"), std::nullopt, At(160)));
  ASSERT_EQ(Take("c", "other"), InstanceOutcome::conflict);
  ReleaseOther();
  ASSERT_THAT(Claim(At(170)), ElementsAre(2));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(2, 0, At(171)));
  ASSERT_TRUE(acts.Retry(kFirst, At(180)));
  ASSERT_THAT(Claim(At(190)), ElementsAre(1));
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(1));
  ASSERT_TRUE(acts.Cancel(kFirst, At(200)));
  // Whoever redelivers the other now replaces the first.
  const KnownDestinations known{{"a", "c"}, {"main"}, {"main"}};
  EXPECT_EQ(Must(Redeliveries(*database).Redeliver(
                     {.item = ItemId{ItemKind::instance, 2}, .study_instance_uid = {}, .pacs = "main", .known = known},
                     At(210)))
                .replacing,
            1u);
}

}  // namespace
}  // namespace gateway::ledger
