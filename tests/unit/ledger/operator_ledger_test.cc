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
    for (const Row& row : Must(operators->List(filter))) ids.push_back(Format(row.id));
    return ids;
  }
  Record Show(ItemKind kind, std::int64_t number) { return operators->Show({kind, number}).value().value(); }
  static std::string Field(const Record& record, const std::string& name) {
    for (const auto& [field, value] : record.fields) {
      if (field == name) return value;
    }
    return "(no " + name + ")";
  }
  std::int64_t QuarantineOne(std::uint32_t uid) {
    const std::int64_t mail = ledger->fetched_mails.AddMail(MakeMail(uid)).value().mail;
    EXPECT_TRUE(
        ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("bad-signature", "by whom"), At(uid + 1)));
    return mail;
  }
};

TEST_F(OperatorLedgerTest, StatusNamesEveryStateOfAnEmptyLedger) {
  const Status status = operators->GetStatus().value();
  EXPECT_THAT(status.counts, SizeIs(10));
  EXPECT_THAT(status.counts.at("instances_out"), SizeIs(3));
  EXPECT_THAT(status.counts.at("instances_in"), SizeIs(5));
  EXPECT_THAT(status.counts.at("mails"), SizeIs(7));
  EXPECT_THAT(status.counts.at("messages"), SizeIs(11));
  EXPECT_THAT(status.counts.at("documents_in"), SizeIs(6));
  EXPECT_EQ(status.counts.at("messages").at("sent"), 0);
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
  ASSERT_TRUE(ledger->send_queue.RecordSendFailure(2, IdOf(2), Permanent("smtp-refused", "550 no"), std::nullopt));
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

TEST_F(OperatorLedgerTest, RowsSayWhatTheyAreAbout) {
  CloseOne(3);
  SealAll();
  ASSERT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
  ASSERT_TRUE(ledger->send_queue.RecordSendFailure(2, IdOf(2), Transient("smtp-deferred", "451 later"), At(90)));
  const Row shipment = operators->List({.state = {}, .kind = ItemKind::shipment}).value().at(0);
  EXPECT_EQ(shipment.about, "3 instances, 1 of 3 messages sent");
  EXPECT_EQ(shipment.partner, "b");
  EXPECT_EQ(shipment.since, At(0));
  EXPECT_EQ(shipment.reason, "smtp-deferred: 451 later");
  const Row message = operators->List({.state = "sealed", .kind = ItemKind::message}).value().at(0);
  EXPECT_EQ(message.about, "part 3 of 3 of S1");
}

TEST_F(OperatorLedgerTest, MailsOfStrangersShowTheirSender) {
  const std::int64_t mail = ledger->fetched_mails.AddMail(MakeMail(1)).value().mail;
  MailFacts facts;
  facts.sender = "who\x1b[2J@x.example";
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, facts, Corrupt("stranger"), At(2)));
  const Row row = operators->List({}).value().at(0);
  EXPECT_EQ(row.partner, "who?[2J@x.example");
  EXPECT_EQ(row.reason, "stranger");
}

TEST_F(OperatorLedgerTest, ShowsAShipmentWithItsMessagesAndFragments) {
  CloseOne(2);
  const auto claimed = ledger->seal_queue.ClaimToSeal(10, At(50), kLease).value();
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(claimed[0].id, MakeSealed("eml", 2)));
  ASSERT_TRUE(ledger->send_queue.RecordFragmentSent(claimed[0].id, "eml.1@a.example", "250 ok", At(61)));
  const Record shipment = Show(ItemKind::shipment, 1);
  EXPECT_EQ(shipment.title, "shipment S1");
  EXPECT_EQ(Field(shipment, "state"), "closed");
  EXPECT_EQ(Field(shipment, "created"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(Field(shipment, "messages"), "2");
  ASSERT_THAT(shipment.children, SizeIs(2));
  const Record& message = shipment.children[0];
  EXPECT_EQ(message.title, "message M1");
  EXPECT_EQ(Field(message, "instances"), "I1");
  EXPECT_EQ(Field(message, "message_id"), "eml@a.example");
  ASSERT_THAT(message.children, SizeIs(2));
  EXPECT_EQ(message.children[0].title, "fragment 1 of 2");
  EXPECT_EQ(Field(message.children[0], "reply"), "250 ok");
  EXPECT_EQ(Field(message.children[1], "state"), "waiting");
}

TEST_F(OperatorLedgerTest, ShowsAnOutboundInstanceWithItsShipments) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1.2.9"), {To("b"), To("c", Release::instance)}));
  const Record instance = Show(ItemKind::instance, 1);
  EXPECT_EQ(Field(instance, "direction"), "outbound");
  EXPECT_EQ(Field(instance, "sop_instance_uid"), "1.2.9");
  EXPECT_EQ(Field(instance, "called_ae"), "TO_B");
  EXPECT_EQ(Field(instance, "file"), "key-of-1.2.9");
  ASSERT_THAT(instance.children, SizeIs(2));
  EXPECT_EQ(Field(instance.children[0], "message"), "(no message)");
  EXPECT_EQ(Field(instance.children[1], "message"), "M1, waiting");
}

TEST_F(OperatorLedgerTest, ShowsAReceivedInstanceWithItsDeliveries) {
  AddOpened(1, {MakeReceived("1", {"main", "second"})});
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0xB000, At(201)));
  ASSERT_TRUE(ledger->deliveries.RecordDeliveryFailure(2, Transient("pacs-busy", "A700"), At(300), At(250)));
  const Record instance = Show(ItemKind::instance, 1);
  EXPECT_EQ(Field(instance, "mail"), "R1");
  ASSERT_THAT(instance.children, SizeIs(2));
  EXPECT_EQ(Field(instance.children[0], "status"), "0xB000");
  EXPECT_EQ(Field(instance.children[0], "stored"), "2023-11-14T22:16:41.000Z");
  const Record delivery = Show(ItemKind::delivery, 2);
  EXPECT_EQ(Field(delivery, "error"), "pacs-busy: A700");
  EXPECT_EQ(Field(delivery, "tries"), "1");
}

TEST_F(OperatorLedgerTest, ShowsAJoinedMailWithItsFragmentsAndNoUids) {
  MailFacts facts = MakeFacts();
  facts.set = TelemedicineSet{"20130612.1", 3, 120};
  std::int64_t joined = 0;
  for (const std::uint32_t uid : {1, 2}) {
    const std::int64_t mail = ledger->fetched_mails.AddMail(MakeMail(uid)).value().mail;
    joined = ledger->fragments.RecordFragment(mail, facts, {"p", uid, 2}, At(90)).value().joined.value_or(0);
  }
  OpenedMail opened = MakeOpened(joined, {MakeReceived("1.2.777")});
  opened.facts = facts;
  ASSERT_TRUE(ledger->opened_mails.RecordOpened(opened, At(100)));
  const Record mail = Show(ItemKind::mail, joined);
  EXPECT_EQ(Field(mail, "set"), "20130612.1, part 3 of 120");
  ASSERT_THAT(mail.children, SizeIs(3));
  EXPECT_EQ(mail.children[0].title, "instance I1");
  EXPECT_THAT(mail.children[0].fields, SizeIs(1));
  EXPECT_EQ(mail.children[2].title, "mail R2");
  EXPECT_EQ(Field(Show(ItemKind::mail, 2), "joined_into"), "R3");
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
  const auto items = operators->Quarantine().value();
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
  EXPECT_TRUE(operators->QuarantineItemOf({ItemKind::mail, mail}).value());
  EXPECT_FALSE(operators->QuarantineItemOf({ItemKind::mail, 2}).value());
  EXPECT_FALSE(operators->QuarantineItemOf({ItemKind::instance, 1}).value());
  EXPECT_FALSE(operators->QuarantineItemOf({ItemKind::shipment, 1}).value());
}

TEST_F(OperatorLedgerTest, ReleasedMailIsOpenedAgain) {
  const std::int64_t mail = ledger->fetched_mails.AddMail(MakeMail(1)).value().mail;
  ASSERT_TRUE(ledger->open_queue.RecordOpenFailure(mail, Transient("busy"), At(9999)));
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("bad"), At(3)));
  EXPECT_THAT(ledger->open_queue.ClaimToOpen(9, At(99), kLease).value(), IsEmpty());
  EXPECT_TRUE(operators->ReleaseMail(mail, At(50)).value());
  EXPECT_FALSE(operators->ReleaseMail(mail, At(50)).value());
  const auto claimed = ledger->open_queue.ClaimToOpen(9, At(50), kLease).value();
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
  const auto first = ledger->deliveries.ClaimDeliveries("second", 9, At(300), kLease).value();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].instance, 1);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(first[0].id, 0, At(310)));
  const auto next = ledger->deliveries.ClaimDeliveries("second", 9, At(310), kLease).value();
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
  EXPECT_FALSE(operators->KnowsInstanceFile("key-of-9").value());
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
