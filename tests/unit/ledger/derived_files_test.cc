// The changed copies of instances: whose they are, who uses them again, and when they go.
#include "ledger/derived_files.h"

#include "ledger/care/consistency.h"
#include "ledger/care/row_retention.h"
#include "ledger/operator_acts.h"
#include "ledger/redeliveries.h"
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DerivedFile MakeDerived(const std::string& key) {
  return {key, 900, "sha-of-" + key, "1.2.840.10008.5.1.4.1.1.2", "9." + key, "1.2.840.10008.1.2.1", "9.9", 300};
}

class DerivedFilesTest : public LedgerTest {
 protected:
  DerivedFilesTest() : LedgerTest(FastDirectory()) {}

  std::string Record(ItemId item, std::int64_t instance, const std::string& key) {
    return Must(DerivedFiles(*database).Record(item, instance, MakeDerived(key), At(45))).spool_key;
  }
  // What the message would be sealed from, and is given back.
  MessageToSeal::Item ItemOf(std::int64_t message) {
    for (const MessageToSeal& claimed : Must(ledger->seal_queue.Claim(99, At(5000), Milliseconds(-1)))) {
      if (claimed.id == message) return claimed.items.at(0);
    }
    throw std::runtime_error("it does not wait");
  }
  std::optional<DerivedFile> CopyOfDelivery() {
    return Must(ledger->deliveries.Claim("main", 9, At(5000), Milliseconds(-1))).at(0).derived;
  }
  std::vector<std::string> Forgotten() { return Must(ledger->file_retention.ForgetDerived(99)); }
  bool Knows(const std::string& key) { return Must(operators->HasDerived(key)); }
  std::vector<std::string> Disagreements() {
    std::vector<std::string> codes;
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(5000)))) {
      codes.emplace_back(NameOf(found.kind));
    }
    return codes;
  }
};

TEST_F(DerivedFilesTest, AMessageCarriesItsCopyInEveryTry) {
  CloseOne(2);
  EXPECT_FALSE(ItemOf(1).derived);
  EXPECT_EQ(Record({ItemKind::message, 1}, 1, "copy"), "copy");
  ASSERT_TRUE(ItemOf(1).derived);
  EXPECT_EQ(ItemOf(1).derived->spool_key, "copy");
  EXPECT_EQ(ItemOf(1).derived->sop_instance_uid, "9.copy");
  EXPECT_EQ(ItemOf(1).derived->study_instance_uid, "9.9");
  EXPECT_EQ(ItemOf(1).spool_key, "key-of-1.2.3.0");
  EXPECT_FALSE(ItemOf(2).derived);
  EXPECT_THAT(Disagreements(), IsEmpty());
}

TEST_F(DerivedFilesTest, AResendUsesTheCopyOfTheFirst) {
  const std::int64_t shipment = CloseOne(1);
  Record({ItemKind::message, 1}, 1, "copy");
  SealAll();
  SendAll();
  ASSERT_TRUE(ledger->shipments.Resend({ItemKind::shipment, shipment}, false, At(100)));
  EXPECT_EQ(ItemOf(1).derived->spool_key, "copy");
}

TEST_F(DerivedFilesTest, TheFasterOfTwoWorkersWins) {
  CloseOne(1);
  EXPECT_EQ(Record({ItemKind::message, 1}, 1, "first"), "first");
  EXPECT_EQ(Record({ItemKind::message, 1}, 1, "second"), "first");
  EXPECT_TRUE(Knows("first"));
  EXPECT_FALSE(Knows("second"));
}

TEST_F(DerivedFilesTest, EachPartnerHasItsOwn) {
  const auto added =
      Must(ledger->intake.AddInstance(MakeInstance("1"), {To("b", Bundling::instance), To("c", Bundling::instance)}));
  Record({ItemKind::message, 2}, added.instance, "copy-of-c");
  EXPECT_FALSE(ItemOf(1).derived);
  EXPECT_EQ(ItemOf(2).derived->spool_key, "copy-of-c");
}

TEST_F(DerivedFilesTest, ADeliveryCarriesItsCopyWhenItIsMadeAgain) {
  AddOpened(1, {MakeReceived("1")});
  EXPECT_EQ(Record({ItemKind::delivery, 1}, 1, "copy"), "copy");
  EXPECT_EQ(CopyOfDelivery()->spool_key, "copy");
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(200)));
  ASSERT_EQ(Must(Redeliveries(*database).Redeliver(
                     {ItemId{ItemKind::instance, 1}, {}, std::nullopt, {{}, {"main"}, {}}}, At(300)))
                .deliveries,
            1u);
  EXPECT_EQ(CopyOfDelivery()->spool_key, "copy");
  EXPECT_THAT(Disagreements(), IsEmpty());
}

TEST_F(DerivedFilesTest, GoWithTheFilesOfTheirOriginals) {
  CloseOne(1);
  Record({ItemKind::message, 1}, 1, "copy");
  SealAll();
  SendAll();
  EXPECT_THAT(Forgotten(), IsEmpty());
  ASSERT_THAT(Must(ledger->file_retention.ForgetSent(At(100), 9)).instances, ElementsAre("key-of-1.2.3.0"));
  EXPECT_TRUE(Knows("copy"));  // until its file may go
  EXPECT_THAT(Forgotten(), ElementsAre("copy"));
  EXPECT_FALSE(Knows("copy"));
  EXPECT_THAT(Disagreements(), IsEmpty());
}

TEST_F(DerivedFilesTest, OfWhatIsStoredGoWithTheFilesOfTheirOriginals) {
  AddOpened(1, {MakeReceived("1")});
  Record({ItemKind::delivery, 1}, 1, "copy");
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(200)));
  ASSERT_THAT(Must(ledger->file_retention.ForgetStored(At(300), 9)), ElementsAre("file-1-hash"));
  EXPECT_THAT(Forgotten(), ElementsAre("copy"));
}

TEST_F(DerivedFilesTest, OfWhatIsCancelledGoToo) {
  AddOpened(1, {MakeReceived("1")});
  Record({ItemKind::delivery, 1}, 1, "copy");
  ASSERT_THAT(Must(OperatorActs(*database).Cancel({ItemKind::delivery, 1}, At(200))).instance_keys,
              ElementsAre("file-1-hash"));
  EXPECT_THAT(Forgotten(), ElementsAre("copy"));
}

TEST_F(DerivedFilesTest, NobodyMakesOneOfWhatIsNotKept) {
  CloseOne(1);
  SealAll();
  SendAll();
  Must(ledger->file_retention.ForgetSent(At(100), 9));
  EXPECT_EQ(DerivedFiles(*database).Record({ItemKind::message, 1}, 1, MakeDerived("late"), At(110)).error().code,
            "files-gone");
  EXPECT_FALSE(Knows("late"));
}

TEST_F(DerivedFilesTest, TellWhatTheLedgerKnowsOfTheOriginal) {
  CloseOne(1);
  const InstanceHeader header = Must(DerivedFiles(*database).HeaderOf(1));
  EXPECT_EQ(header.sop_instance_uid, "1.2.3.0");
  EXPECT_EQ(header.dataset_sha256, "hash-of-1.2.3.0");
  EXPECT_EQ(header.dataset_offset, 300u);
}

TEST_F(DerivedFilesTest, RecordWhichIdentifiersTheyReplaced) {
  CloseOne(2);
  const Replacements replaced{"klinikum-b", {{"uid", "1.2.3", "2.25.1"}, {"uid", "1.2.4", "2.25.2"}}};
  ASSERT_TRUE(DerivedFiles(*database).Record({ItemKind::message, 1}, 1, MakeDerived("1"), At(45), replaced));
  ASSERT_TRUE(DerivedFiles(*database).Record({ItemKind::message, 2}, 2, MakeDerived("2"), At(90), replaced));
  ReplacedIdentifiers identifiers(*database);
  EXPECT_EQ(Must(identifiers.OldValue("uid", "2.25.2", "klinikum-b")), "1.2.4");
  EXPECT_EQ(Must(identifiers.OldValue("uid", "2.25.2", "klinikum-c")), std::nullopt);
  EXPECT_EQ(Must(identifiers.OldValue("uid", "2.25.3", "klinikum-b")), std::nullopt);
  // They stay as long as they are used.
  const auto walk = [this](Time before) {
    RowRetention retention(*database);
    while (!Must(retention.ForgetSome(before)).walk_over) {
    }
  };
  walk(At(60));
  EXPECT_TRUE(Must(identifiers.OldValue("uid", "2.25.1", "klinikum-b")));
  walk(At(100));
  EXPECT_FALSE(Must(identifiers.OldValue("uid", "2.25.1", "klinikum-b")));
}

TEST_F(DerivedFilesTest, ADeliveryKnowsItsRuleAndAnotherPacsGetsTheInstanceByTheSame) {
  NewReceivedInstance received = MakeReceived("1");
  received.rules["main"] = "from-b";
  AddOpened(1, {received});
  const auto rule_of = [this](const std::string& pacs) {
    return Must(ledger->deliveries.Claim(pacs, 9, At(5000), Milliseconds(-1))).at(0).rule;
  };
  EXPECT_EQ(rule_of("main"), "from-b");
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(200)));
  ASSERT_EQ(Must(Redeliveries(*database).Redeliver(
                     {ItemId{ItemKind::instance, 1}, {}, "other", {{}, {"main", "other"}, {}}}, At(300)))
                .deliveries,
            1u);
  EXPECT_EQ(rule_of("other"), "from-b");
}

TEST_F(DerivedFilesTest, TheLedgerKnowsWhetherTheRuleWasToChangeTheItem) {
  NewReceivedInstance received = MakeReceived("1");
  received.rules["main"] = "from-b";
  received.changing = {"main"};
  AddOpened(1, {received});
  const auto changes = [this](const std::string& pacs) {
    return Must(ledger->deliveries.Claim(pacs, 9, At(5000), Milliseconds(-1))).at(0).changes;
  };
  EXPECT_TRUE(changes("main"));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(200)));
  ASSERT_TRUE(Redeliveries(*database).Redeliver(
      {ItemId{ItemKind::instance, 1}, {}, "other", {{}, {"main", "other"}, {}}}, At(300)));
  EXPECT_TRUE(changes("other"));
}

TEST_F(DerivedFilesTest, AreUnknownToAnOlderLedgerWhoseWorkGoesOn) {
  database.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
  {
    Session session(file());
    dialect::SetUpNew(session);
    session.Execute("BEGIN");
    dialect::MarkAsLedger(session);
    Migrate(session, std::span(Migrations()).first(5), At(0));
    session.Execute(
        "INSERT INTO instance (direction, state, sop_class_uid, sop_instance_uid, transfer_syntax_uid, "
        "study_instance_uid, series_instance_uid, has_meta_header, dataset_offset, file_size, dataset_sha256, "
        "spool_key, received) VALUES ('out', 'routed', '1', '1.1', '1', '1', '1', 1, 300, 9, 'h', 'key-1', 1000)");
    session.Execute(
        "INSERT INTO shipment (state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, "
        "created, last_instance, closed, instance_count, message_total) VALUES ('closed', 'b', 'main', 'rule', 1, "
        "'study', 'set-1', '1', 1000, 1000, 1001, 1, 1)");
    session.Execute(
        "INSERT INTO message (state, shipment, partner, mailbox, priority, part, created) VALUES ('waiting', 1, 'b', "
        "'main', 1, 1, 1001)");
    session.Execute("INSERT INTO shipment_instance (shipment, position, instance, message) VALUES (1, 1, 1, 1)");
    session.Execute("COMMIT");
  }
  Reopen();
  EXPECT_FALSE(ItemOf(1).derived);
  EXPECT_EQ(Record({ItemKind::message, 1}, 1, "copy"), "copy");
  SealAll(ReceiptMode::none, At(6000));
  EXPECT_EQ(Count("messages", "sealed"), 1);
}

}  // namespace
}  // namespace gateway::ledger
