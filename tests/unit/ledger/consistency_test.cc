// `verify`'s half of the ledger: each sort of disagreement is found, and a sound ledger has none.
#include "ledger/care/consistency.h"

#include "ledger/store/database_impl.h"
#include "reception_fixture.h"

namespace gateway::ledger {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ConsistencyTest : public ReceptionTest {
 protected:
  ConsistencyTest() {
    CloseOne(2);
    SealAll(ReceiptMode::mdn);
    EXPECT_TRUE(ledger->send_queue.RecordSent(1, IdOf(1), "250", At(60)));
    Open([](OpenedMail& opened) {
      opened.instances = {MakeReceived("7")};
      opened.documents = {MakeDocument("x")};
      opened.facts.set = TelemedicineSet{"set", 1, 2};
    });
  }
  void Sql(const std::string& sql) {
    const auto done = database->impl().Write([&](Session& session) -> Result<void> {
      session.Execute(sql);
      return {};
    });
    ASSERT_TRUE(done) << done.error().detail;
  }
  // "code item", of what is wrong after `sql`.
  std::vector<std::string> After(const std::string& sql, std::optional<Time> claims_before = std::nullopt) {
    Sql(sql);
    std::vector<std::string> found;
    for (const Disagreement& wrong : Must(Consistency(*database).Check(claims_before, At(99'999)))) {
      found.push_back(std::string(NameOf(wrong.kind)) + " " + wrong.item);
    }
    return found;
  }
};

TEST_F(ConsistencyTest, ASoundLedgerAgrees) {
  EXPECT_THAT(After("SELECT 1"), IsEmpty());
}

TEST_F(ConsistencyTest, FindsWrongCounts) {
  EXPECT_THAT(After("UPDATE state_count SET n = n + 2 WHERE kind = 'mails' AND state = 'opened'"),
              ElementsAre("count-wrong mails opened"));
}

TEST_F(ConsistencyTest, FindsUnknownStates) {
  EXPECT_THAT(After("UPDATE mail SET state = 'lost'"), ElementsAre("state-unknown mail 1"));
}

TEST_F(ConsistencyTest, FindsFilesThatAreForgottenTooEarly) {
  EXPECT_THAT(After("UPDATE message SET spool_key = NULL WHERE id = 2"), ElementsAre("file-forgotten M2"));
  EXPECT_THAT(After("UPDATE instance SET spool_key = NULL WHERE direction = 'in'"), Contains("file-forgotten I3"));
  EXPECT_THAT(After("UPDATE document SET spool_key = NULL"), Contains("file-forgotten N1"));
  EXPECT_THAT(After("UPDATE mail SET state = 'quarantined' WHERE id = 1"), Contains("file-forgotten R1"));
}

TEST_F(ConsistencyTest, FindsShipmentsThatCountWrong) {
  EXPECT_THAT(After("UPDATE shipment SET messages_sent = 2"), ElementsAre("shipment-counts S1"));
  EXPECT_THAT(After("UPDATE shipment SET messages_sent = 1, state = 'sent'"), ElementsAre("shipment-state S1"));
}

TEST_F(ConsistencyTest, FindsHoldsWithoutReason) {
  EXPECT_THAT(After("UPDATE message SET state = 'held' WHERE id = 2"), ElementsAre("hold-wrong M2"));
  EXPECT_THAT(After("UPDATE message SET state = 'sealed', held = 1 WHERE id = 2"), ElementsAre("hold-wrong M2"));
  EXPECT_THAT(After("INSERT INTO held_destination (kind, name, since) VALUES ('pacs', 'main', 0)"),
              Contains("hold-wrong D1"));
}

TEST_F(ConsistencyTest, FindsReferencesToNothing) {
  Session(file()).Execute("UPDATE delivery SET instance = 77");  // without the check that every other session has
  EXPECT_THAT(After("SELECT 1"), Contains("ledger-reference delivery 1"));
}

TEST_F(ConsistencyTest, FindsDeliveriesOfWhatIsStored) {
  EXPECT_THAT(After("UPDATE instance SET state = 'stored' WHERE direction = 'in'"), Contains("delivery-wrong D1"));
  EXPECT_THAT(After("DELETE FROM delivery"), IsEmpty());
  EXPECT_THAT(After("UPDATE instance SET state = 'accepted' WHERE direction = 'in'"), Contains("delivery-missing I3"));
}

TEST_F(ConsistencyTest, FindsSetsAndReceiptsThatAreWrong) {
  EXPECT_THAT(After("UPDATE received_set SET parts = 2"), ElementsAre("set-wrong T1"));
  EXPECT_THAT(After("UPDATE receipt SET state = 'due'"), Contains("receipt-empty A1"));
}

TEST_F(ConsistencyTest, FindsClaimsThatNobodyGoesOnWith) {
  ASSERT_THAT(Must(ledger->deliveries.Claim("main", 9, At(100), kLease)), SizeIs(1));
  EXPECT_THAT(After("SELECT 1", At(159)), IsEmpty());
  EXPECT_THAT(After("SELECT 1", At(161)), Contains("claim-expired D1"));
  EXPECT_THAT(After("SELECT 1"), IsEmpty());  // no daemon runs
}

TEST_F(ConsistencyTest, NamesTheFilesThatShouldBeThere) {
  Consistency consistency(*database);
  const auto instances = Must(consistency.FilesAfter(ItemKind::instance, 0, 2));
  ASSERT_THAT(instances, SizeIs(2));
  EXPECT_EQ(instances[0].spool_key, "key-of-1.2.3.0");
  EXPECT_EQ(instances[0].size, 1000u);
  EXPECT_EQ(instances[0].hash_offset, 300u);
  EXPECT_EQ(instances[0].sha256, "hash-of-1.2.3.0");
  EXPECT_THAT(Must(consistency.FilesAfter(ItemKind::instance, 2, 9)), SizeIs(1));
  EXPECT_THAT(Must(consistency.FilesAfter(ItemKind::message, 0, 9)), SizeIs(1));
  EXPECT_THAT(Must(consistency.FilesAfter(ItemKind::document, 0, 9)), SizeIs(1));
  EXPECT_THAT(Must(consistency.FilesAfter(ItemKind::delivery, 0, 9)), IsEmpty());
  EXPECT_FALSE(Must(consistency.FileOf({ItemKind::message, 1})).has_value());
  EXPECT_TRUE(Must(consistency.FileOf({ItemKind::message, 2})).has_value());
}

}  // namespace
}  // namespace gateway::ledger
