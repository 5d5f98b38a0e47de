// Rows of what is done go in time; nothing else does.
#include "ledger/care/row_retention.h"

#include "ledger/care/consistency.h"
#include "ledger/operator_acts.h"
#include "ledger/store/database_impl.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

class RowRetentionTest : public ReceptionTest {
 protected:
  std::size_t ForgetAll(Time before = At(99'999)) {
    RowRetention rows(*database);
    std::size_t forgotten = 0;
    for (bool over = false; !over;) {
      const RowRetention::Step step = Must(rows.ForgetSome(before));
      forgotten += step.forgotten;
      over = step.walk_over;
    }
    return forgotten;
  }
  void ForgetFiles() {
    (void)Must(ledger->file_retention.ForgetSent(At(99'999), 100'000));
    (void)Must(ledger->file_retention.ForgetStored(At(99'999), 100'000));
  }
  std::int64_t Rows(const std::string& table) {
    return Must(database->impl().Read([&](Session& session) -> Result<std::int64_t> {
      return *session.First<std::int64_t>("SELECT COUNT(*) FROM " + table);
    }));
  }
  // An opened mail whose instance is stored, whose receipt is sent, and which left the server.
  std::int64_t Finish(const RecordedMail& recorded) {
    for (const ReceivedInstance& instance : recorded.instances) Store(instance);
    for (const ReceiptToSend& receipt : ClaimReceipts()) {
      EXPECT_TRUE(ledger->receipts.RecordSent(receipt.id, "250", At(310)));
    }
    EXPECT_TRUE(ledger->fetched_mails.RecordRemoved({"main"}, {IdentityOf(static_cast<std::uint32_t>(mail))}));
    return mail;
  }
  std::int64_t FinishOne(std::uint32_t part = 1, std::uint32_t total = 1) { return Finish(OpenPart(part, total)); }
  void TearDown() override {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(99'999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }
};

TEST_F(RowRetentionTest, ASentShipmentGoesWithAllThatHungOnIt) {
  CloseOne(3);
  SealAll();
  SendAll();
  EXPECT_EQ(ForgetAll(), 0u);  // its files are still there
  ForgetFiles();
  EXPECT_EQ(ForgetAll(At(59)), 0u);  // too young
  EXPECT_EQ(ForgetAll(), 1u);
  for (const char* table : {"shipment", "message", "sent_id", "shipment_instance", "instance"}) {
    EXPECT_EQ(Rows(table), 0) << table;
  }
}

TEST_F(RowRetentionTest, WhatIsNotDoneStaysForEver) {
  CloseOne(1, "1.1");
  SealAll(ReceiptMode::mdn);
  SendAll();  // waits for its receipt
  CloseOne(1, "1.2");
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("9", "1.3"), {To("b")}));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("8", "1.4"), {}));  // held
  CloseOne(1, "1.5");
  for (const MessageToSeal& message : Must(ledger->seal_queue.Claim(9, At(50), kLease))) {
    if (message.shipment == 4) {
      ASSERT_TRUE(ledger->seal_queue.RecordFailure(message.id, Permanent("x"), std::nullopt));
    }
  }
  ASSERT_THAT(Must(ledger->reports.RecordOverdue(At(5000), 9, At(5000))), testing::SizeIs(1));
  ForgetFiles();
  EXPECT_EQ(ForgetAll(), 0u);
  EXPECT_EQ(Rows("shipment"), 4);
  EXPECT_EQ(Rows("instance"), 5);
}

TEST_F(RowRetentionTest, AnInstanceStaysForItsOtherShipment) {
  const auto added = Must(ledger->intake.AddInstance(MakeInstance("1", "1.1"), {To("b"), To("c")}));
  for (const std::int64_t shipment : added.shipments) {
    ASSERT_TRUE(Must(ledger->shipments.Close(shipment, {{added.instance}}, At(40))));
  }
  ASSERT_TRUE(OperatorActs(*database).Hold({ItemKind::shipment, added.shipments[1]}, At(41)));
  SealAll();
  SendAll();
  ForgetFiles();
  EXPECT_EQ(ForgetAll(), 0u);
  ASSERT_TRUE(OperatorActs(*database).Cancel({ItemKind::shipment, added.shipments[1]}, At(70)));
  ForgetFiles();
  EXPECT_EQ(ForgetAll(), 2u);
  EXPECT_EQ(Rows("instance"), 0);
}

TEST_F(RowRetentionTest, AMailGoesWithItsInstancesReceiptAndSet) {
  FinishOne(1, 2);
  FinishOne(2, 2);
  EXPECT_EQ(ForgetAll(), 1u);  // the set; the mails' files are still there
  ForgetFiles();
  EXPECT_EQ(ForgetAll(), 2u);
  for (const char* table : {"mail", "instance", "delivery", "receipt", "received_set", "received_part"}) {
    EXPECT_EQ(Rows(table), 0) << table;
  }
}

TEST_F(RowRetentionTest, AMailStaysAsLongAsSomethingOfItIsOpen) {
  FinishOne(1, 2);                                    // its set is incomplete
  Refuse(OpenPart(1, 1, At(101)).instances.front());  // the same instance: a duplicate, and its set is complete
  const RecordedMail failed = Open([](OpenedMail& opened) { opened.instances = {MakeReceived("7")}; });
  Refuse(failed.instances.front());
  const RecordedMail on_server = Open([](OpenedMail& opened) { opened.instances = {MakeReceived("8")}; });
  Store(on_server.instances.front());
  Open([](OpenedMail& opened) { opened.leftover = Corrupt("x"); });
  ForgetFiles();
  EXPECT_LE(ForgetAll(), 1u);
  EXPECT_EQ(Rows("mail"), 5);
  EXPECT_EQ(Rows("instance"), 3);
}

// An instance is known as long as any mail that brought it.
TEST_F(RowRetentionTest, AnInstanceStaysForTheMailThatBroughtItAgain) {
  const auto same = [](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; };
  const std::int64_t first = Finish(Open(same));
  Open(same, At(5000));
  ForgetFiles();
  EXPECT_EQ(ForgetAll(At(4000)), 0u);
  EXPECT_TRUE(Must(operators->Show({ItemKind::mail, first})).has_value());
  EXPECT_EQ(
      Must(ledger->opened_mails.Record(MakeOpened(mail, {MakeReceived("1")}), At(5001))).instances.front().outcome,
      InstanceOutcome::duplicate);
}

// Else the first could be delivered once more, as nobody knew of the second any more.
TEST_F(RowRetentionTest, WhatAPacsWasGivenLastStaysAsLongAsAnEarlierContentIsKnown) {
  const auto same = [](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; };
  Finish(Open(same));
  Finish(Open([](OpenedMail& opened) {
    opened.facts.partner = "c";
    opened.instances = {MakeReceived("1", {"main"}, "other")};
    opened.instances[0].compared = {{"hash", {.difference = Difference::attributes, .taken = true, .why = "x"}}};
  }));
  const RecordedMail again = Open(same, At(5000));  // for which the first is known
  ForgetFiles();
  for (int walk = 0; walk < 3; ++walk) EXPECT_EQ(ForgetAll(At(4000)), 0u);
  EXPECT_EQ(Rows("instance"), 2);
  Finish(RecordedMail());
  for (int walk = 0; walk < 3; ++walk) ForgetAll();
  EXPECT_EQ(Rows("instance"), 0);
  EXPECT_EQ(again.instances.at(0).outcome, InstanceOutcome::duplicate);
}

// The first was given once more after the second: that is what the PACS has, though its row is the
// older one.
TEST_F(RowRetentionTest, WhatAPacsWasGivenLastStaysAsLongAsALaterContentIsKnown) {
  const auto of = [](const std::string& partner, const std::string& hash, const std::string& message_id) {
    return [=](OpenedMail& opened) {
      opened.facts.partner = partner;
      opened.facts.message_id = message_id;
      opened.instances = {MakeReceived("1", {"main"}, hash)};
      opened.instances[0].compared.emplace();
      for (const char* other : {"first", "second"}) {
        opened.instances[0].compared->emplace(
            other, Compared{.difference = Difference::attributes, .taken = true, .why = "x"});
      }
    };
  };
  Finish(Open(of("a", "first", "1")));
  Finish(Open(of("c", "second", "2")));
  ASSERT_EQ(Finish(Open(of("a", "first", "3"))), 3);
  ASSERT_EQ(Open(of("c", "second", "2"), At(5000)).instances.at(0).outcome, InstanceOutcome::duplicate);
  ForgetFiles();
  for (int walk = 0; walk < 3; ++walk) ForgetAll(At(4000));
  EXPECT_EQ(Rows("instance"), 2);
  Finish(RecordedMail());
  for (int walk = 0; walk < 3; ++walk) ForgetAll();
  EXPECT_EQ(Rows("instance"), 0);
}

// It may still be tried again, by `retry`.
TEST_F(RowRetentionTest, WhatAPacsWasGivenStaysAsLongAsAnotherContentFailedThere) {
  const RecordedMail failed = Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; });
  Refuse(failed.instances.at(0));
  Finish(Open([](OpenedMail& opened) {
    opened.facts.partner = "c";
    opened.instances = {MakeReceived("1", {"main"}, "other")};
    opened.instances[0].compared = {{"hash", {.difference = Difference::attributes, .taken = true, .why = "x"}}};
  }));
  ForgetFiles();
  for (int walk = 0; walk < 3; ++walk) ForgetAll();
  EXPECT_EQ(Rows("instance"), 2);
}

TEST_F(RowRetentionTest, WhatIsForgottenIsNew) {
  FinishOne();
  ForgetFiles();
  EXPECT_EQ(ForgetAll(), 2u);
  const RecordedMail again = OpenPart(1, 1, At(90'000));
  EXPECT_EQ(again.instances.front().outcome, InstanceOutcome::accepted);
  EXPECT_TRUE(again.set->completed);
}

TEST_F(RowRetentionTest, FragmentsGoBeforeTheMailTheyMade) {
  std::optional<std::int64_t> whole;
  for (unsigned number = 1; number <= 2; ++number) {
    const std::int64_t fragment = AddMail();
    whole = Must(ledger->fragments.Record(fragment, MakeFacts(), {"p", number, 2}, At(90))).joined;
  }
  ASSERT_TRUE(ledger->fetched_mails.RecordRemoved({"main"}, {IdentityOf(1), IdentityOf(2)}));
  EXPECT_EQ(ForgetAll(), 0u);
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(*whole), At(100)));
  EXPECT_EQ(ForgetAll(), 3u);
  EXPECT_EQ(Rows("mail"), 0);
}

TEST_F(RowRetentionTest, ManyGoInSmallSteps) {
  for (int i = 0; i < 450; ++i) CloseOne(1, "1." + std::to_string(i));
  SealAll();
  SendAll();
  ForgetFiles();
  RowRetention rows(*database);
  std::size_t forgotten = 0;
  int steps = 0;
  for (bool over = false; !over; ++steps) {
    const RowRetention::Step step = Must(rows.ForgetSome(At(99'999)));
    EXPECT_LE(step.forgotten, 200u);
    forgotten += step.forgotten;
    over = step.walk_over;
  }
  EXPECT_EQ(forgotten, 450u);
  EXPECT_EQ(Count("shipments", "sent"), 0);
}

}  // namespace
}  // namespace gateway::ledger
