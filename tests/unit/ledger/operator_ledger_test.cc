#include "ledger/operator_ledger.h"

#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OperatorLedgerTest : public LedgerTest {
 protected:
  std::vector<std::string> Ids(const ListFilter& filter) {
    std::vector<std::string> ids;
    for (const ItemSummary& item : Must(operators->List(filter))) ids.push_back(Format(item.id));
    return ids;
  }
  std::int64_t QuarantineOne(std::uint32_t uid) {
    const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(uid)).value().mail;
    EXPECT_TRUE(
        ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("bad-signature", "by whom"), At(uid + 1)));
    return mail;
  }
};

TEST_F(OperatorLedgerTest, StatusNamesEveryStateOfAnEmptyLedger) {
  const Status status = operators->GetStatus().value();
  EXPECT_THAT(status.counts, SizeIs(10));
  EXPECT_THAT(status.counts.at(CountedKind::instances_out), SizeIs(3));
  EXPECT_THAT(status.counts.at(CountedKind::instances_in), SizeIs(5));
  EXPECT_THAT(status.counts.at(CountedKind::mails), SizeIs(7));
  EXPECT_THAT(status.counts.at(CountedKind::messages), SizeIs(11));
  EXPECT_THAT(status.counts.at(CountedKind::documents_in), SizeIs(6));
  EXPECT_EQ(status.counts.at(CountedKind::messages).at(MessageState::sent), 0);
  EXPECT_FALSE(status.oldest_unsent);
  EXPECT_FALSE(status.oldest_undelivered);
  EXPECT_FALSE(status.oldest_unreceipted);
}

TEST_F(OperatorLedgerTest, StatusTellsWhatWaitsLongest) {
  CloseOne(1);
  AddOpened(1, {MakeReceived("1")});
  Status status = operators->GetStatus().value();
  EXPECT_EQ(status.oldest_unsent, At(40));
  EXPECT_EQ(status.oldest_undelivered, At(100));
  SealAll();
  EXPECT_EQ(operators->GetStatus().value().oldest_unsent, At(40));
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(201)));
  status = operators->GetStatus().value();
  EXPECT_FALSE(status.oldest_unsent);
  EXPECT_FALSE(status.oldest_undelivered);
}

TEST_F(OperatorLedgerTest, StatusCountsAllThatWaitsForAPerson) {
  QuarantineOne(1);
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("9"), {}));
  AddOpened(2, {MakeReceived("1", {}), MakeReceived("1", {}, "other")});
  EXPECT_EQ(operators->GetStatus().value().quarantined, 4);
}

// What waits for a person stands first, whatever the limit.
TEST_F(OperatorLedgerTest, ListsTroubleFirstAndShipmentsAndMails) {
  CloseOne(2);
  AddOpened(1, {MakeReceived("1"), MakeReceived("2", {})});
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("9", "1.9", At(70)), {}));
  EXPECT_THAT(Ids({}), ElementsAre("I4", "I5", "R1", "S1"));
  SealAll();
  ASSERT_TRUE(ledger->send_queue.RecordFailure(2, IdOf(2), Permanent("smtp-refused", "550 no"), std::nullopt));
  EXPECT_THAT(Ids({}), ElementsAre("I4", "I5", "M2", "S1", "R1"));
  EXPECT_THAT(Ids({.state = {}, .kind = {}, .limit = 1}), ElementsAre("I4", "I5", "M2", "S1", "R1"));
}

TEST_F(OperatorLedgerTest, FiltersByStateAndKind) {
  CloseOne(2);
  SealAll();
  AddOpened(1, {MakeReceived("1")});
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
  EXPECT_THAT(Ids({.state = "sent", .kind = {}}), ElementsAre("M1"));
  EXPECT_THAT(Ids({.state = {}, .kind = ItemKind::message}), ElementsAre("M2", "M1"));
  EXPECT_THAT(Ids({.state = "waiting", .kind = {}}), ElementsAre("D1"));
  EXPECT_THAT(Ids({.state = "no-such-state", .kind = {}}), IsEmpty());
}

TEST_F(OperatorLedgerTest, ShowsNothingOfWhatIsNotThere) {
  for (const ItemKind kind : {ItemKind::instance, ItemKind::shipment, ItemKind::message, ItemKind::mail,
                              ItemKind::delivery, ItemKind::receipt, ItemKind::set, ItemKind::document}) {
    EXPECT_FALSE(operators->Show({kind, 7}).value());
  }
}

TEST_F(OperatorLedgerTest, QuarantineGivesReasonsAndFiles) {
  QuarantineOne(1);
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("9"), {}));
  AddOpened(2, {MakeReceived("1", {}), MakeReceived("1", {}, "other")});
  const auto items = operators->Items().value();
  std::vector<std::string> reasons;
  reasons.reserve(items.size());
  for (const QuarantineItem& item : items) reasons.push_back(Format(item.id) + " " + item.reason);
  EXPECT_THAT(reasons, ElementsAre("R1 bad-signature", "I1 no-route", "I2 no-inbound-route", "I3 instance-conflict"));
  EXPECT_EQ(items[0].detail, "by whom");
  EXPECT_EQ(items[0].partner, "b");
  EXPECT_EQ(items[0].since, At(2));
  EXPECT_EQ(items[0].size, 5000u);
  EXPECT_THAT(items[0].spool_keys, ElementsAre("mail-1"));
  EXPECT_THAT(items[1].spool_keys, ElementsAre("key-of-9"));
  EXPECT_EQ(items[1].calling_ae, "PACS_A");
  EXPECT_EQ(items[1].called_ae, "TO_B");
}

TEST_F(OperatorLedgerTest, FindsOneItemInQuarantine) {
  const std::int64_t mail = QuarantineOne(1);
  AddOpened(2, {MakeReceived("1")});
  EXPECT_TRUE(operators->ItemOf({ItemKind::mail, mail}).value());
  EXPECT_FALSE(operators->ItemOf({ItemKind::mail, 2}).value());
  EXPECT_FALSE(operators->ItemOf({ItemKind::instance, 1}).value());
  EXPECT_FALSE(operators->ItemOf({ItemKind::shipment, 1}).value());
}

TEST_F(OperatorLedgerTest, ReleasedMailIsOpenedAgain) {
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(1)).value().mail;
  ASSERT_TRUE(ledger->open_queue.RecordFailure(mail, Transient("busy"), At(9999)));
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("bad"), At(3)));
  EXPECT_THAT(ledger->open_queue.Claim(9, At(99), kLease).value(), IsEmpty());
  EXPECT_TRUE(operators->ReleaseMail(mail, At(50)).value());
  EXPECT_FALSE(operators->ReleaseMail(mail, At(50)).value());
  const auto claimed = ledger->open_queue.Claim(9, At(50), kLease).value();
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].tries, 0u);
}

TEST_F(OperatorLedgerTest, ReleasedInstancesGetDeliveries) {
  AddOpened(1, {MakeReceived("1", {}), MakeReceived("1", {}, "other"), MakeReceived("2")});
  EXPECT_FALSE(operators->ReleaseReceivedInstance(1, {}, At(300)).value());
  EXPECT_TRUE(operators->ReleaseReceivedInstance(1, {"second"}, At(300)).value());
  EXPECT_FALSE(operators->ReleaseReceivedInstance(1, {"second"}, At(300)).value());
  EXPECT_TRUE(operators->ReleaseReceivedInstance(2, {"second", "third"}, At(300)).value());
  EXPECT_FALSE(operators->ReleaseReceivedInstance(3, {"second"}, At(300)).value());
  EXPECT_EQ(Count("instances_in", "accepted"), 3);
  // Two contents of one UID: one after the other.
  const auto first = ledger->deliveries.Claim("second", 9, At(300), kLease).value();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].instance, 1);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(first[0].id, 0, At(310)));
  const auto next = ledger->deliveries.Claim("second", 9, At(310), kLease).value();
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].instance, 2);
}

TEST_F(OperatorLedgerTest, DropReturnsFilesOnce) {
  const std::int64_t mail = QuarantineOne(1);
  const std::int64_t held = ledger->intake.AddInstance(MakeInstance("9"), {}).value().instance;
  EXPECT_THAT(operators->Drop({ItemKind::mail, mail}, At(9)).value().value(), ElementsAre("mail-1"));
  EXPECT_FALSE(operators->Drop({ItemKind::mail, mail}, At(9)).value());
  EXPECT_THAT(operators->Drop({ItemKind::instance, held}, At(9)).value().value(), ElementsAre("key-of-9"));
  EXPECT_FALSE(operators->Drop({ItemKind::instance, held}, At(9)).value());
  EXPECT_FALSE(operators->HasInstance("key-of-9").value());
  EXPECT_EQ(operators->GetStatus().value().quarantined, 0);
}

TEST_F(OperatorLedgerTest, WhatIsDroppedMayComeAgain) {
  AddOpened(1, {MakeReceived("1", {})});
  ASSERT_TRUE(operators->Drop({ItemKind::instance, 1}, At(200)).value());
  AddOpened(2, {MakeReceived("1", {"main"}, "other")});
  EXPECT_EQ(last.instances[0].outcome, InstanceOutcome::accepted);
}

TEST_F(OperatorLedgerTest, NothingOutsideQuarantineIsDropped) {
  CloseOne(1);
  AddOpened(1, {MakeReceived("1")});
  for (const ItemId id : {ItemId{ItemKind::instance, 1},
                          {ItemKind::instance, 2},
                          {ItemKind::mail, 1},
                          {ItemKind::message, 1},
                          {ItemKind::shipment, 1},
                          {ItemKind::delivery, 1},
                          {ItemKind::receipt, 1},
                          {ItemKind::set, 1},
                          {ItemKind::document, 1}}) {
    EXPECT_FALSE(operators->Drop(id, At(200)).value()) << Format(id);
  }
}

}  // namespace
}  // namespace gateway::ledger
