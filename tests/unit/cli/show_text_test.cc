// The words of `show`.
#include "cli/show_text.h"

#include "ledger/away_destinations.h"
#include "ledger/operator_acts.h"
#include "support/errors.h"
#include "unit/ledger/ledger_fixture.h"

namespace gateway::ledger {
namespace {

using testing::SizeIs;

class ShowTextTest : public LedgerTest {
 protected:
  cli::Record Show(ItemKind kind, std::int64_t number) {
    return cli::RecordOf(operators->Show({kind, number}).value().value());
  }
  static std::string Field(const cli::Record& record, const std::string& name) {
    for (const auto& [field, value] : record.fields) {
      if (field == name) return value;
    }
    return "(no " + name + ")";
  }
};

TEST_F(ShowTextTest, ShowsAShipmentWithItsMessagesAndFragments) {
  CloseOne(2);
  const auto claimed = ledger->seal_queue.Claim(10, At(50), kLease).value();
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(claimed[0].id, MakeSealed("eml", 2)));
  ASSERT_TRUE(ledger->send_queue.RecordFragmentSent(claimed[0].id, "eml.1@a.example", "250 ok", At(61)));
  const cli::Record shipment = Show(ItemKind::shipment, 1);
  EXPECT_EQ(shipment.title, "shipment S1");
  EXPECT_EQ(Field(shipment, "state"), "closed");
  EXPECT_EQ(Field(shipment, "created"), "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(Field(shipment, "messages"), "2");
  ASSERT_THAT(shipment.children, SizeIs(2));
  const cli::Record& message = shipment.children[0];
  EXPECT_EQ(message.title, "message M1");
  EXPECT_EQ(Field(message, "instances"), "I1");
  EXPECT_EQ(Field(message, "message_id"), "eml@a.example");
  ASSERT_THAT(message.children, SizeIs(2));
  EXPECT_EQ(message.children[0].title, "fragment 1 of 2");
  EXPECT_EQ(Field(message.children[0], "reply"), "250 ok");
  EXPECT_EQ(Field(message.children[1], "state"), "waiting");
}

TEST_F(ShowTextTest, ShowsAnOutboundInstanceWithItsShipments) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1.2.9"), {To("b"), To("c", Bundling::instance)}));
  const cli::Record instance = Show(ItemKind::instance, 1);
  EXPECT_EQ(Field(instance, "direction"), "outbound");
  EXPECT_EQ(Field(instance, "sop_instance_uid"), "1.2.9");
  EXPECT_EQ(Field(instance, "called_ae"), "TO_B");
  EXPECT_EQ(Field(instance, "file"), "key-of-1.2.9");
  ASSERT_THAT(instance.children, SizeIs(2));
  EXPECT_EQ(Field(instance.children[0], "message"), "(no message)");
  EXPECT_EQ(Field(instance.children[1], "message"), "M1, waiting");
}

TEST_F(ShowTextTest, ShowsAReceivedInstanceWithItsDeliveries) {
  AddOpened(1, {MakeReceived("1", {"main", "second"})});
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0xB000, At(201)));
  ASSERT_TRUE(ledger->deliveries.RecordFailure(2, Transient("pacs-busy", "A700"), At(300), At(250)));
  const cli::Record instance = Show(ItemKind::instance, 1);
  EXPECT_EQ(Field(instance, "mail"), "R1");
  ASSERT_THAT(instance.children, SizeIs(2));
  EXPECT_EQ(Field(instance.children[0], "status"), "0xB000");
  EXPECT_EQ(Field(instance.children[0], "stored"), "2023-11-14T22:16:41.000Z");
  const cli::Record delivery = Show(ItemKind::delivery, 2);
  EXPECT_EQ(Field(delivery, "error"), "pacs-busy: A700");
  EXPECT_EQ(Field(delivery, "tries"), "1");
}

TEST_F(ShowTextTest, ShowsAJoinedMailWithItsFragmentsAndNoUids) {
  MailFacts facts = MakeFacts();
  facts.set = TelemedicineSet{"20130612.1", 3, 120};
  std::int64_t joined = 0;
  for (const std::uint32_t uid : {1, 2}) {
    const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(uid)).value().mail;
    joined = ledger->fragments.Record(mail, facts, {"p", uid, 2}, At(90)).value().joined.value_or(0);
  }
  OpenedMail opened = MakeOpened(joined, {MakeReceived("1.2.777")});
  opened.facts = facts;
  ASSERT_TRUE(ledger->opened_mails.Record(opened, At(100)));
  const cli::Record mail = Show(ItemKind::mail, joined);
  EXPECT_EQ(Field(mail, "set"), "20130612.1, part 3 of 120");
  ASSERT_THAT(mail.children, SizeIs(3));
  EXPECT_EQ(mail.children[0].title, "instance I1");
  EXPECT_THAT(mail.children[0].fields, SizeIs(1));
  EXPECT_EQ(mail.children[2].title, "mail R2");
  EXPECT_EQ(Field(Show(ItemKind::mail, 2), "joined_into"), "R3");
}

TEST_F(ShowTextTest, TellsWhoHoldsAnItem) {
  const DestinationName partner{DestinationKind::partner, "b"};
  const DestinationName pacs{DestinationKind::pacs, "main"};
  OperatorActs acts(*database);
  CloseOne(1);
  AddOpened(1, {MakeReceived("1")});
  EXPECT_EQ(Field(Show(ItemKind::shipment, 1), "held_by"), "(no held_by)");
  ASSERT_TRUE(acts.Hold({ItemKind::message, 1}, At(50)));
  EXPECT_EQ(Field(Show(ItemKind::message, 1), "held_by"), "operator");
  ASSERT_TRUE(acts.HoldDestination(partner, At(51)));
  EXPECT_EQ(Field(Show(ItemKind::message, 1), "held_by"), "operator, partner b");
  EXPECT_EQ(Field(Show(ItemKind::shipment, 1), "held_by"), "partner b");
  ASSERT_TRUE(acts.HoldDestination(pacs, At(52)));
  EXPECT_EQ(Field(Show(ItemKind::delivery, 1), "held_by"), "pacs main");
  ASSERT_TRUE(acts.ReleaseDestination(pacs, At(53)));
  ASSERT_TRUE(acts.Hold({ItemKind::delivery, 1}, At(54)));
  EXPECT_EQ(Field(Show(ItemKind::delivery, 1), "held_by"), "operator");
  ASSERT_TRUE(acts.HoldDestination(pacs, At(55)));
  EXPECT_EQ(Field(Show(ItemKind::delivery, 1), "held_by"), "operator, pacs main");
}

TEST_F(ShowTextTest, TellsWhatIsAway) {
  AddOpened(1, {MakeReceived("1")});
  ASSERT_TRUE(AwayDestinations(*database).RecordAway({DestinationKind::pacs, "main"},
                                                     Transient("pacs-away", "refused\n"), At(0)));
  EXPECT_EQ(Field(Show(ItemKind::delivery, 1), "waits_for"),
            "pacs main away since 2023-11-14T22:13:20.000Z: pacs-away: refused?");
}

}  // namespace
}  // namespace gateway::ledger
