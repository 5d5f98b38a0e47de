// A redelivery must not undo what a person, or a partner, put in the place of the first content of
// a SOP Instance UID.
#include "ledger/care/consistency.h"
#include "ledger/operator_acts.h"
#include "ledger/redeliveries.h"
#include "ledger/redirections.h"
#include "ledger/store/database_impl.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class GivenLast : public ReceptionTest {
 protected:
  GivenLast() : acts(*database), redirections(*database) {}
  ~GivenLast() override {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }

  // In a mail of its own, under a new Message-ID; compared with whatever the ledger asks for: it
  // differs like this.
  ReceivedInstance Take(const std::string& partner, const std::string& hash, std::vector<std::string> pacs = {"main"}) {
    const RecordedMail recorded = Open([&](OpenedMail& opened) {
      NewReceivedInstance instance = MakeReceived("1", std::move(pacs), hash);
      instance.spool_key += "-" + std::to_string(opened.mail);
      instance.compared.emplace();
      for (const EarlierInstance& other : Must(ledger->opened_mails.EarlierInstances(instance.header))) {
        instance.compared->emplace(other.dataset_sha256, compared);
      }
      opened.facts.partner = partner;
      opened.facts.message_id = "mail-" + std::to_string(opened.mail);
      opened.instances = {std::move(instance)};
    });
    return recorded.instances.at(0);
  }
  // What the PACS is given now; all of it is stored, in this order.
  std::vector<std::int64_t> StoreAt(const std::string& pacs, Time now = At(150)) {
    std::vector<std::int64_t> instances;
    for (const DeliveryToMake& delivery :
         Must(ledger->deliveries.Claim(pacs, 99, now, Milliseconds(-1), ClaimFirst::oldest, &stopped))) {
      instances.push_back(delivery.instance);
      EXPECT_TRUE(ledger->deliveries.RecordDelivered(delivery.id, 0, At(200)));
    }
    return instances;
  }
  // The first, and then another, for which a person decided.
  void DecideForTheOther(const std::vector<std::string>& pacs) {
    Take("a", "first", {"main", "second"});
    StoreAt("main");
    StoreAt("second");
    const ReceivedInstance other = Take("c", "other");
    ASSERT_EQ(other.outcome, InstanceOutcome::conflict);
    ASSERT_EQ(other.instance, 2);
    ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(other.instance, pacs, At(150))));
    for (const std::string& name : pacs) StoreAt(name);
  }
  void Release(std::int64_t instance, const std::vector<std::string>& pacs) {
    ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(instance, pacs, At(150))));
  }
  // The first is refused by the main PACS; meanwhile that is given another, for which a person
  // decided.
  void DecideWhileTheFirstWaits(std::optional<Time> next_try = At(400)) {
    Take("a", "first", {"main", "second"});
    const auto deliveries = Must(ledger->deliveries.Claim("main", 9, At(150), Milliseconds(-1)));
    ASSERT_THAT(deliveries, SizeIs(1));
    ASSERT_EQ(deliveries[0].id, kFirst.number);
    ASSERT_TRUE(ledger->deliveries.RecordFailure(kFirst.number, Transient("refused"), next_try, At(160)));
    ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
    Release(2, {"main"});
    ASSERT_THAT(StoreAt("main"), ElementsAre(2));
  }
  void ExpectStoppedAt(const std::string& pacs) {
    EXPECT_THAT(StoreAt(pacs, At(600)), IsEmpty());
    ASSERT_THAT(stopped, SizeIs(1));
    EXPECT_EQ(stopped[0].id, kFirst.number);
    EXPECT_EQ(stopped[0].instance, 1);
    EXPECT_EQ(stopped[0].error.code, "overtaken");
    EXPECT_THAT(stopped[0].error.detail, testing::HasSubstr("was given I2 from c since"));
    const auto rows = Must(operators->List({.state = "failed", .kind = {}, .limit = 9, .known = known}));
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows[0].id, kFirst);
    EXPECT_THAT(rows[0].reason.detail, testing::HasSubstr("I2 from c"));
    EXPECT_THAT(rows[0].reason.detail, testing::Not(testing::HasSubstr("retry")));
    // Told once.
    EXPECT_THAT(StoreAt(pacs, At(700)), IsEmpty());
    EXPECT_THAT(stopped, SizeIs(1));
  }
  // What one worker claims, and has in hand.
  std::vector<std::int64_t> ClaimAt(const std::string& pacs, Time now) {
    std::vector<std::int64_t> deliveries;
    for (const DeliveryToMake& delivery : Must(ledger->deliveries.Claim(pacs, 99, now, kLease))) {
      deliveries.push_back(delivery.id);
    }
    return deliveries;
  }
  Redelivered Redeliver(std::optional<ItemId> item, std::optional<std::string> pacs = std::nullopt) {
    return Must(Redeliveries(*database).Redeliver(
        {.item = item, .study_instance_uid = "1.2.3", .pacs = std::move(pacs), .known = known}, At(500)));
  }

  Compared compared{.difference = Difference::pixels, .taken = false, .why = "the pixels differ"};
  OperatorActs acts;
  Redirections redirections;
  std::vector<StoppedDelivery> stopped;
  const ItemId kFirst{ItemKind::delivery, 1};
  const ItemId kOther{ItemKind::instance, 2};
  const DestinationName kMain{DestinationKind::pacs, "main"};
  const Redirection kRenamed{.from = kMain, .to = "third", .renamed = true, .mailbox = {}, .addresses = {}};
  const KnownDestinations known{{"b"}, {"main", "second", "third"}, {"main"}};
};

TEST_F(GivenLast, WhatAPersonDecidedIsNotUndoneByTheFirstThatComesAgain) {
  DecideForTheOther({"main"});
  const ReceivedInstance again = Take("a", "first");
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.instance, 3);
  ASSERT_TRUE(again.change);
  EXPECT_EQ(again.change->difference, "the pixels differ: I2 came from c, this one from a");
  EXPECT_FALSE(again.again);
  EXPECT_EQ(Dispositions()[mail], "displayed/warning");
  EXPECT_THAT(StoreAt("main"), IsEmpty());
  const auto items = Must(operators->Items());
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_EQ(items[0].id, (ItemId{ItemKind::instance, 3}));
  // Not once more for each time that it comes.
  EXPECT_EQ(Take("a", "first").outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Dispositions()[mail], "displayed/warning");
  EXPECT_EQ(Count("instances_in", "conflict"), 1);
}

TEST_F(GivenLast, TheSameIsRedeliveredAndAPersonMayDecideAnew) {
  DecideForTheOther({"main"});
  EXPECT_EQ(Take("c", "other").outcome, InstanceOutcome::again);
  EXPECT_THAT(StoreAt("main"), ElementsAre(2));
  ASSERT_EQ(Take("a", "first").instance, 3);
  ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(3, {"main"}, At(150))));
  EXPECT_THAT(StoreAt("main"), ElementsAre(3));
  EXPECT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  const ReceivedInstance again = Take("a", "first");
  EXPECT_EQ(again.outcome, InstanceOutcome::again);
  EXPECT_FALSE(again.change);
}

TEST_F(GivenLast, OfOnePartnerAlone) {
  Take("a", "first");
  StoreAt("main");
  ASSERT_EQ(Take("a", "corrected").outcome, InstanceOutcome::conflict);
  ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(2, {"main"}, At(150))));
  // While it waits too: the PACS has the first, and is to be given the other.
  EXPECT_EQ(Take("a", "first").outcome, InstanceOutcome::conflict);
  StoreAt("main");
  EXPECT_EQ(Take("a", "first").outcome, InstanceOutcome::duplicate);
  EXPECT_THAT(StoreAt("main"), IsEmpty());
}

TEST_F(GivenLast, ChangedAttributesGoOnWithAWord) {
  compared = {.difference = Difference::attributes, .taken = true, .why = "attributes differ (PatientID)"};
  for (const auto& [partner, hash] : {std::pair("a", "first"), std::pair("c", "other")}) {
    Take(partner, hash);
    StoreAt("main");
  }
  const ReceivedInstance again = Take("a", "first");
  EXPECT_EQ(again.outcome, InstanceOutcome::again);
  EXPECT_EQ(again.instance, 1);
  ASSERT_TRUE(again.change);
  EXPECT_EQ(again.change->difference, "attributes differ (PatientID): I2 came from c, this one from a");
  EXPECT_THAT(StoreAt("main"), ElementsAre(1));
  EXPECT_FALSE(Take("a", "first").change);
}

TEST_F(GivenLast, AnotherTransferSyntaxOfTheSameIsNoOtherContent) {
  compared.difference = Difference::none;
  for (const auto& [partner, hash] : {std::pair("a", "first"), std::pair("c", "compressed")}) {
    Take(partner, hash);
    StoreAt("main");
  }
  const ReceivedInstance again = Take("a", "first");
  EXPECT_EQ(again.outcome, InstanceOutcome::again);
  EXPECT_FALSE(again.change);
}

TEST_F(GivenLast, OfTwoPacsEachIsAskedForWhatItHas) {
  DecideForTheOther({"main"});
  const ReceivedInstance again = Take("a", "first", {"main", "second"});
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.again, 1);
  EXPECT_THAT(StoreAt("main"), IsEmpty());
  EXPECT_THAT(StoreAt("second"), ElementsAre(1));
  // One that was renamed: it may be either of them. The question waits for a person already.
  EXPECT_EQ(Take("a", "first", {"third"}).outcome, InstanceOutcome::duplicate);
  EXPECT_THAT(StoreAt("third"), IsEmpty());
}

TEST_F(GivenLast, WhereTheOldFileIsGoneTheNewOneIsThePersons) {
  DecideForTheOther({"main"});
  ASSERT_THAT(Must(ledger->file_retention.ForgetStored(At(9999), 9)), SizeIs(2));
  const ReceivedInstance again = Take("a", "first", {"main", "second"});
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_FALSE(again.again);
  EXPECT_THAT(StoreAt("second"), IsEmpty());
}

TEST_F(GivenLast, OneThatIsNoLongerAmongTheLatestFourIsComparedAllTheSame) {
  DecideForTheOther({"main"});
  compared.taken = true;
  for (const char* hash : {"3", "4", "5", "6", "7"}) Take("d", hash, {"second"});
  StoreAt("second");
  compared.taken = false;
  EXPECT_EQ(Take("a", "first").change->earlier, 2);
}

TEST_F(GivenLast, APersonsRedeliverNamesTheInstanceOrGetsWhatWasGivenLast) {
  DecideForTheOther({"main"});
  const Redelivered study = Redeliver(std::nullopt, "main");
  EXPECT_EQ(study.deliveries, 1u);
  EXPECT_EQ(study.superseded, 1u);
  EXPECT_THAT(StoreAt("main"), ElementsAre(2));
  const Redelivered mails = Redeliver(ItemId{ItemKind::mail, 1});
  EXPECT_EQ(mails.deliveries, 1u);  // at the second PACS, which was given nothing else
  EXPECT_EQ(mails.superseded, 1u);
  EXPECT_THAT(StoreAt("second"), ElementsAre(1));
  const Redelivered one = Redeliver(ItemId{ItemKind::instance, 1}, "main");
  EXPECT_EQ(one.deliveries, 1u);
  EXPECT_EQ(one.replacing, 1u);
  EXPECT_THAT(StoreAt("main"), ElementsAre(1));
  EXPECT_EQ(Redeliver(ItemId{ItemKind::instance, 1}, "main").replacing, 0u);
}

// The PACS may have it all the same.
TEST_F(GivenLast, ADeliveryThatGotNoAnswerCountsAsGiven) {
  Take("a", "first");
  StoreAt("main");
  ASSERT_EQ(Take("c", "other").instance, 2);
  ASSERT_TRUE(Must(operators->ReleaseReceivedInstance(2, {"main"}, At(150))));
  const auto deliveries = Must(ledger->deliveries.Claim("main", 9, At(151), Milliseconds(-1)));
  ASSERT_THAT(deliveries, SizeIs(1));
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(deliveries[0].id));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(deliveries[0].id, Permanent("refused"), std::nullopt, At(200)));
  EXPECT_EQ(Take("a", "first").outcome, InstanceOutcome::conflict);
}

TEST_F(GivenLast, TheNextTryOfTheFirstDoesNotUndoWhatAPersonDecidedMeanwhile) {
  DecideWhileTheFirstWaits();
  EXPECT_THAT(StoreAt("second"), ElementsAre(1));
  ExpectStoppedAt("main");
  ASSERT_THAT(stopped, SizeIs(1));
  // Its sender is told what the sender of a conflict is told.
  EXPECT_TRUE(stopped[0].receipt_due);
  EXPECT_EQ(Dispositions()[1], "displayed/warning");
  ASSERT_TRUE(acts.Cancel(kFirst, At(800)));
}

TEST_F(GivenLast, NorDoesARetryOfAll) {
  DecideWhileTheFirstWaits();
  EXPECT_EQ(Must(acts.RetryAll(known, At(300))).items, 1u);
  ExpectStoppedAt("main");
}

TEST_F(GivenLast, NorARetryOfThePacs) {
  DecideWhileTheFirstWaits(std::nullopt);
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(Must(acts.RetryDestination(kMain, At(500))).items, 1u);
    stopped.clear();
    ExpectStoppedAt("main");
  }
}

TEST_F(GivenLast, NorTheReleaseOfTheDelivery) {
  DecideWhileTheFirstWaits();
  ASSERT_TRUE(acts.Hold(kFirst, At(500)));
  ASSERT_TRUE(acts.Release(kFirst, At(510)));
  ExpectStoppedAt("main");
}

TEST_F(GivenLast, NorTheReleaseOfThePacs) {
  DecideWhileTheFirstWaits();
  ASSERT_TRUE(acts.HoldDestination(kMain, At(500)));
  ASSERT_TRUE(acts.ReleaseDestination(kMain, At(510)));
  ExpectStoppedAt("main");
}

TEST_F(GivenLast, NorARedirectToThePacsThatTheOtherWasGivenTo) {
  Take("a", "first");
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"second"});
  ASSERT_THAT(StoreAt("second"), ElementsAre(2));
  // The main PACS may have the first: that says nothing of the second one.
  ASSERT_TRUE(ledger->deliveries.RecordDoubt(kFirst.number));
  ASSERT_EQ(Must(redirections.Redirect({.from = kMain, .to = "second", .mailbox = {}, .addresses = {}}, At(500))).items,
            1u);
  ExpectStoppedAt("second");
}

TEST_F(GivenLast, NorARedirectToTheNewNameOfThePacs) {
  DecideWhileTheFirstWaits();
  ASSERT_EQ(Must(redirections.Redirect({.from = kMain, .to = "third", .renamed = true, .mailbox = {}, .addresses = {}},
                                       At(500)))
                .items,
            1u);
  ExpectStoppedAt("third");
}

TEST_F(GivenLast, APacsThatWasGivenNothingElseGetsTheFirstByARedirect) {
  DecideWhileTheFirstWaits();
  ASSERT_EQ(Must(redirections.Redirect({.from = kMain, .to = "third", .mailbox = {}, .addresses = {}}, At(500))).items,
            1u);
  EXPECT_THAT(StoreAt("third", At(600)), ElementsAre(1));
}

TEST_F(GivenLast, APersonsRetryOfTheStoppedOneIsADecision) {
  DecideWhileTheFirstWaits();
  ExpectStoppedAt("main");
  EXPECT_TRUE(Must(acts.Retry(kFirst, At(800))).replacing);
  EXPECT_THAT(StoreAt("main", At(800)), ElementsAre(1));
  EXPECT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
}

TEST_F(GivenLast, APersonsRedeliverOfOneThatWaitsIsADecision) {
  DecideWhileTheFirstWaits();
  const Redelivered done = Redeliver(ItemId{ItemKind::instance, 1}, "main");
  EXPECT_EQ(done.under_way, 1u);
  EXPECT_EQ(done.replacing, 1u);
  EXPECT_THAT(StoreAt("main", At(600)), ElementsAre(1));
  EXPECT_THAT(stopped, IsEmpty());
}

TEST_F(GivenLast, OneDecidedLaterWaitsForItsNextTryAndIsStored) {
  Take("a", "first");
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"main"});
  ASSERT_THAT(ClaimAt("main", At(150)), ElementsAre(1));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(160)));
  ASSERT_THAT(ClaimAt("main", At(160)), ElementsAre(2));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(2, Transient("refused"), At(400), At(170)));
  EXPECT_THAT(StoreAt("main", At(600)), ElementsAre(2));
}

TEST_F(GivenLast, TheSameContentFromAnotherPartnerStopsNothing) {
  Take("a", "first");
  ASSERT_TRUE(ledger->deliveries.RecordFailure(1, Transient("refused"), At(400), At(160)));
  ASSERT_EQ(Take("c", "first").outcome, InstanceOutcome::accepted);
  ASSERT_THAT(StoreAt("main"), ElementsAre(2));
  EXPECT_THAT(StoreAt("main", At(600)), ElementsAre(1));
}

TEST_F(GivenLast, OfTwoThatWaitTheOneThatWasDecidedLastIsStoredLast) {
  Take("a", "first");
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"main"});
  ASSERT_TRUE(acts.Retry(kFirst, At(140)));
  EXPECT_THAT(ClaimAt("main", At(150)), ElementsAre(2));
  EXPECT_THAT(ClaimAt("main", At(150)), IsEmpty());  // another worker
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(2, 0, At(160)));
  EXPECT_THAT(ClaimAt("main", At(160)), ElementsAre(1));
}

// The deliverer leaves whatever is less urgent as long as an emergency could be claimed.
TEST_F(GivenLast, AnEmergencyDoesNotWaitForOneThatWasDecidedBeforeIt) {
  Take("a", "first");
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"main"});
  ASSERT_TRUE(database->impl().Write([](Session& session) -> Result<void> {
    session.Execute("UPDATE delivery SET priority = 0 WHERE id = 2");
    return {};
  }));
  EXPECT_THAT(ClaimAt("main", At(150)), ElementsAre(2));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(2, 0, At(160)));
  ExpectStoppedAt("main");
}

TEST_F(GivenLast, WhatIsDecidedWhileAWorkerHasTheFirstInHandWaitsForIt) {
  Take("a", "first");
  ASSERT_THAT(ClaimAt("main", At(150)), ElementsAre(1));
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"main"});
  EXPECT_THAT(ClaimAt("main", At(151)), IsEmpty());
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(160)));
  EXPECT_THAT(ClaimAt("main", At(160)), ElementsAre(2));
}

// It replaced the first, and would be replaced by it in turn.
TEST_F(GivenLast, ARenamedPacsWasGivenWhatWaitsForItOnceMore) {
  DecideForTheOther({"main"});
  ASSERT_EQ(Redeliver(kOther, "main").deliveries, 1u);
  ASSERT_EQ(Must(redirections.Redirect(kRenamed, At(500))).items, 1u);
  ASSERT_TRUE(acts.Cancel({ItemKind::delivery, 3}, At(510)));
  const ReceivedInstance again = Take("a", "first", {"third"});
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.change->earlier, 2);
  EXPECT_THAT(StoreAt("third", At(600)), IsEmpty());
}

TEST_F(GivenLast, ARenamedPacsWasGivenWhatItGotUnderEitherName) {
  DecideForTheOther({"main", "third"});
  ASSERT_EQ(Redeliver(ItemId{ItemKind::instance, 1}, "third").deliveries, 1u);
  ASSERT_THAT(StoreAt("third", At(500)), ElementsAre(1));
  for (const char* pacs : {"main", "third"}) ASSERT_EQ(Redeliver(kOther, pacs).deliveries, 1u);
  ASSERT_THAT(StoreAt("main", At(500)), ElementsAre(2));
  ASSERT_EQ(Redeliver(kOther, "main").deliveries, 1u);
  ASSERT_EQ(Must(redirections.Redirect(kRenamed, At(500))).items, 1u);
  ASSERT_TRUE(acts.Cancel({ItemKind::delivery, 4}, At(510)));
  EXPECT_EQ(Take("a", "first", {"third"}).outcome, InstanceOutcome::conflict);
}

TEST_F(GivenLast, WhatARenamedPacsWasGivenCountsThoughTheNewNameHasACancelledOne) {
  Take("a", "first");
  ASSERT_TRUE(ledger->deliveries.RecordFailure(kFirst.number, Transient("refused"), At(400), At(160)));
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"main", "third"});
  ASSERT_THAT(StoreAt("main"), ElementsAre(2));
  ASSERT_TRUE(acts.Cancel({ItemKind::delivery, 3}, At(170)));
  ASSERT_EQ(Must(redirections.Redirect(kRenamed, At(500))).items, 1u);
  ExpectStoppedAt("third");
}

TEST_F(GivenLast, ARedirectCarriesAlongWhatTheOldNameWasGivenThoughNothingWaits) {
  DecideForTheOther({"main"});
  EXPECT_EQ(Must(redirections.Redirect(kRenamed, At(500))).items, 0u);
  EXPECT_EQ(Must(redirections.CarryGiven(kRenamed, true, At(500))), 2u);
  const ReceivedInstance again = Take("a", "first", {"third"});
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.change->earlier, 2);
  EXPECT_EQ(Must(redirections.CarryGiven(kRenamed, true, At(510))), 0u);
}

TEST_F(GivenLast, WhatBothNamesWereGivenIsCarriedOnce) {
  DecideForTheOther({"main", "third"});
  EXPECT_GT(Must(redirections.CarryGiven(kRenamed, true, At(500))), 0u);
  EXPECT_EQ(Must(redirections.CarryGiven(kRenamed, true, At(510))), 0u);
}

// Of two PACS the one was given the other content. Nobody told the gateway which of them has a new
// name.
TEST_F(GivenLast, AnUnknownNameMayHaveWhatAnyPacsHas) {
  Take("a", "first", {"main", "second"});
  ASSERT_THAT(StoreAt("main"), ElementsAre(1));
  ASSERT_EQ(Take("c", "other").outcome, InstanceOutcome::conflict);
  Release(2, {"main"});
  ASSERT_THAT(StoreAt("main"), ElementsAre(2));
  ASSERT_THAT(StoreAt("second", At(600)), ElementsAre(1));
  const ReceivedInstance again = Take("a", "first", {"third"});
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.change->earlier, 2);
  EXPECT_THAT(StoreAt("third", At(600)), IsEmpty());
}

// The main PACS is away for long: another one gets what waits. Later it is back, with what it was
// given.
TEST_F(GivenLast, ARedeliveryToTheNewNameOfAPacsUndoesNoDecision) {
  DecideForTheOther({"main"});
  ASSERT_EQ(Redeliver(ItemId{ItemKind::instance, 1}, "second").deliveries, 1u);
  ASSERT_THAT(StoreAt("second", At(600)), ElementsAre(1));
  // Nobody knows whether "third" is a new PACS, or which of the two it was.
  const Redelivered unsure = Redeliver(std::nullopt, "third");
  EXPECT_EQ(unsure.deliveries, 0u);
  EXPECT_EQ(unsure.superseded, 2u);
  const KnownDestinations without_main{{"b"}, {"second", "third"}, {"main"}};
  const Redelivered done = Must(Redeliveries(*database).Redeliver(
      {.item = {}, .study_instance_uid = "1.2.3", .pacs = "third", .known = without_main}, At(700)));
  EXPECT_EQ(done.deliveries, 1u);
  EXPECT_EQ(done.superseded, 1u);
  EXPECT_THAT(StoreAt("third", At(800)), ElementsAre(2));
}

TEST_F(GivenLast, APacsWasGivenAlsoWhatASecondDeliveryTookToAnotherOne) {
  DecideForTheOther({"main"});
  ASSERT_EQ(Redeliver(kOther, "main").deliveries, 1u);
  ASSERT_EQ(Must(redirections.Redirect({.from = kMain, .to = "third", .mailbox = {}, .addresses = {}}, At(500))).items,
            1u);
  EXPECT_THAT(StoreAt("third", At(600)), ElementsAre(2));
  const ReceivedInstance again = Take("a", "first");
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.change->earlier, 2);
  EXPECT_THAT(StoreAt("main", At(600)), IsEmpty());
  // What it is given next was given later.
  ASSERT_EQ(Redeliver(ItemId{ItemKind::instance, 1}, "main").replacing, 1u);
  ASSERT_THAT(StoreAt("main", At(600)), ElementsAre(1));
  EXPECT_EQ(Redeliver(ItemId{ItemKind::instance, 1}, "main").replacing, 0u);
}

TEST_F(GivenLast, ADeliveryIsStoppedByWhatWentToAnotherPacsSince) {
  DecideWhileTheFirstWaits();
  ASSERT_EQ(Redeliver(kOther, "main").deliveries, 1u);
  ASSERT_TRUE(acts.Hold(kFirst, At(500)));
  ASSERT_EQ(Must(redirections.Redirect({.from = kMain, .to = "third", .mailbox = {}, .addresses = {}}, At(500))).items,
            2u);
  ASSERT_EQ(Must(redirections.Redirect(
                     {.from = {DestinationKind::pacs, "third"}, .to = "main", .mailbox = {}, .addresses = {}}, At(510)))
                .items,
            2u);
  ASSERT_TRUE(acts.Release(kFirst, At(520)));
  ASSERT_TRUE(acts.Cancel({ItemKind::delivery, 3}, At(530)));
  ExpectStoppedAt("main");
}

TEST_F(GivenLast, ARenamedPacsWasGivenAlsoWhatWentToAnotherOne) {
  DecideForTheOther({"main"});
  ASSERT_EQ(Redeliver(kOther, "main").deliveries, 1u);
  ASSERT_EQ(Must(redirections.Redirect({.from = kMain, .to = "second", .mailbox = {}, .addresses = {}}, At(500))).items,
            1u);
  ASSERT_THAT(StoreAt("second", At(600)), ElementsAre(2));
  ASSERT_EQ(Take("d", "another").instance, 3);
  Release(3, {"main"});
  ASSERT_EQ(Must(redirections.Redirect(kRenamed, At(610))).items, 1u);
  ASSERT_TRUE(acts.Cancel({ItemKind::delivery, 4}, At(620)));
  const ReceivedInstance again = Take("a", "first", {"third"});
  EXPECT_EQ(again.outcome, InstanceOutcome::conflict);
  EXPECT_EQ(again.change->earlier, 2);
}

TEST_F(GivenLast, OfThoseThatWaitTheOneThatWasDecidedLastIsToBeGivenLast) {
  compared = {.difference = Difference::attributes, .taken = true, .why = "attributes differ (PatientID)"};
  Take("a", "first");
  Take("c", "other");
  const ItemId mails[] = {{ItemKind::mail, 1}, {ItemKind::mail, 2}};
  EXPECT_EQ(Redeliver(mails[0]).superseded, 1u);
  EXPECT_EQ(Redeliver(mails[1]).under_way, 1u);
  EXPECT_EQ(Redeliver(ItemId{ItemKind::instance, 1}).under_way, 1u);
  EXPECT_EQ(Redeliver(mails[0]).under_way, 1u);
  EXPECT_EQ(Redeliver(mails[1]).superseded, 1u);
}

TEST_F(GivenLast, NothingStandsInTheWayOfWhatWasDecidedLast) {
  DecideWhileTheFirstWaits();
  const ItemId mails[] = {{ItemKind::mail, 1}, {ItemKind::mail, 2}};
  EXPECT_EQ(Redeliver(mails[0], "main").superseded, 1u);
  EXPECT_EQ(Redeliver(ItemId{ItemKind::instance, 1}, "main").replacing, 1u);
  const Redelivered first = Redeliver(mails[0], "main");
  EXPECT_EQ(first.under_way, 1u);
  EXPECT_EQ(first.superseded, 0u);
  EXPECT_EQ(Redeliver(mails[1], "main").superseded, 1u);
}

}  // namespace
}  // namespace gateway::ledger
