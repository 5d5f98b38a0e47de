// After a long random walk over all calls: the counts agree with the tables, and no statement of
// the walk reads a growing table from end to end.
#include "random_walk.h"

#include <set>

namespace gateway::ledger {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

TEST_F(RandomWalkTest, CountsAgreeWithTheTables) {
  std::set<std::string> seen;
  for (int leg = 0; leg < 12; ++leg) {
    Walk(33);
    const auto counts = Must(operators->GetStatus()).counts;
    for (const KindStates& kind : AllStates()) {
      for (const KindState& state : kind.states) {
        const std::int64_t count = counts.at(kind.kind).at(state);
        EXPECT_EQ(count, CountRows(kind, state)) << ledger::NameOf(kind.kind) << " " << state.name;
        if (count > 0) seen.insert(std::string(ledger::NameOf(kind.kind)) + std::string(state.name));
      }
    }
  }
  EXPECT_GE(seen.size(), 54u);  // of 57: a walk that went nowhere would prove nothing
}

// What `verify` looks for is never there, whatever was done in between.
TEST_F(RandomWalkTest, TheLedgerAgreesWithItself) {
  for (int leg = 0; leg < 8; ++leg) {
    Walk(50);
    ExpectAgreement();
  }
  EXPECT_GT(forgotten_, 100u);
  const auto cancelled = [&] { return CountBy("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"); };
  // Another compiler evaluates arguments in another order: another walk.
  for (int leg = 0; leg < 40 && cancelled() == 0; ++leg) Walk(20);
  ExpectAgreement();
  EXPECT_GT(cancelled(), 0);
}

// What is asked after one and the same walk.
class LongWalkTest : public RandomWalkTest {
 protected:
  void ExpectShipmentsAgreeWithTheirMessages();
  void ExpectFilesAreFinishedWithTheirLastMessage();
  void ExpectSetsAgreeWithTheirParts();
};

// Counted and decided anew, from the messages.
void LongWalkTest::ExpectShipmentsAgreeWithTheirMessages() {
  static const std::string kCounted =
      "SELECT shipment.id AS id, shipment.state AS state, message_total AS total, messages_failed AS failed, "
      "messages_bounced AS bounced, messages_refused AS refused, messages_sent AS sent, messages_overdue AS overdue, "
      "messages_delivered AS delivered, messages_warned AS warned, messages_cancelled AS cancelled, "
      "COUNT(message.id) AS n, TOTAL(message.state = 'cancelled') AS c, "
      "TOTAL(message.state = 'failed') AS f, TOTAL(message.state = 'bounced') AS b, TOTAL(message.state = 'refused') "
      "AS r, TOTAL(message.state NOT IN ('waiting', 'sealed', 'held', 'failed', 'cancelled')) AS s, "
      "TOTAL(message.state = 'overdue') AS o, "
      "TOTAL(message.state = 'delivered') AS d, TOTAL(message.state = 'warning') AS w "
      "FROM shipment LEFT JOIN message ON message.shipment = shipment.id GROUP BY shipment.id";
  EXPECT_GT(CountBy("SELECT COUNT(*) FROM (" + kCounted + ") WHERE n > 2"), 5);
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM (" + kCounted +
                    ") WHERE NOT (n = total AND f = failed AND b = bounced AND "
                    "r = refused AND s = sent AND o = overdue AND d = delivered AND w = warned AND c = cancelled)"),
            0);
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM (" + kCounted +
                    ") WHERE state <> CASE WHEN n = 0 THEN 'open' "
                    "WHEN f > 0 THEN 'failed' WHEN b > 0 THEN 'bounced' WHEN r > 0 THEN 'refused' WHEN s + c < n THEN "
                    "'closed' WHEN o > 0 THEN 'overdue' WHEN c > 0 THEN 'cancelled' WHEN d = n THEN 'delivered' WHEN d "
                    "+ w = n THEN 'warning' "
                    "ELSE 'sent' END"),
            0);
}

// What may be forgotten is exactly what nobody has to be sent any more.
void LongWalkTest::ExpectFilesAreFinishedWithTheirLastMessage() {
  static const std::string kDone =
      "(message.state IN ('delivered', 'warning', 'cancelled') OR message.state = 'sent' AND message.receipt_asked = "
      "'')";
  const std::string instances =
      "SELECT COUNT(*) FROM instance WHERE id IN (SELECT instance FROM shipment_instance) AND (finished IS NULL) <> "
      "EXISTS (SELECT 1 FROM shipment_instance LEFT JOIN message ON message.id = shipment_instance.message WHERE "
      "instance = instance.id AND NOT coalesce(" +
      kDone + ", 0))";
  EXPECT_EQ(CountBy(instances), 0);
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM document JOIN message ON message.id = document.message WHERE "
                    "(document.finished IS NULL) = " +
                    kDone),
            0);
  // Nobody is still to be sent what is gone. A bounce may come too late where no receipt was asked
  // for.
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM shipment_instance JOIN message ON message.id = message JOIN instance ON "
                    "instance.id = instance WHERE instance.spool_key IS NULL AND message.state NOT IN ('refused', "
                    "'bounced') AND NOT " +
                    kDone),
            0);
  EXPECT_GT(CountBy("SELECT COUNT(*) FROM instance WHERE direction = 'out' AND spool_key IS NULL"), 5);
}

void LongWalkTest::ExpectSetsAgreeWithTheirParts() {
  const auto complete = [&] { return CountBy("SELECT COUNT(*) FROM received_set WHERE state = 'complete'"); };
  // As above: another compiler, another walk.
  for (int leg = 0; leg < 40 && complete() < 2; ++leg) Walk(20);
  EXPECT_EQ(CountBy("SELECT COUNT(*) FROM received_set AS s WHERE s.parts <> (SELECT COUNT(*) FROM received_part AS p "
                    "WHERE p.received_set = s.id) OR (s.state = 'complete') <> (s.parts >= s.total) OR "
                    "(s.state = 'complete') <> (s.finished IS NOT NULL)"),
            0);
  EXPECT_GT(complete(), 1);
}

TEST_F(LongWalkTest, ItemsAgreeWithTheirParts) {
  Walk(300);
  ExpectShipmentsAgreeWithTheirMessages();
  ExpectFilesAreFinishedWithTheirLastMessage();
  ExpectSetsAgreeWithTheirParts();
}

// Nobody forgot to look at the receipts that depend on what was changed.
TEST_F(RandomWalkTest, ReceiptsWaitForWhatIsOpenAndForNothingElse) {
  static const std::string kWaitsForNothing =
      "SELECT COUNT(*) FROM receipt JOIN mail ON mail.id = receipt.mail WHERE receipt.state = 'waiting' AND "
      "mail.state IN ('opened', 'quarantined', 'dropped') AND NOT EXISTS (SELECT 1 FROM document AS d WHERE d.state = "
      "'waiting' AND "
      "(d.mail = mail.id OR d.id IN (SELECT document FROM document_duplicate AS x WHERE x.mail = mail.id))) AND "
      "NOT EXISTS (SELECT 1 FROM instance AS i WHERE (i.state = 'undeliverable' OR EXISTS (SELECT 1 FROM delivery "
      "WHERE "
      "delivery.instance = i.id AND delivery.state IN ('waiting', 'held'))) AND (i.mail = mail.id OR i.id IN (SELECT "
      "instance "
      "FROM "
      "mail_duplicate AS x WHERE x.mail = mail.id) OR i.id IN (SELECT instance FROM document AS d WHERE d.mail = "
      "mail.id "
      "OR d.id IN (SELECT document FROM document_duplicate AS x WHERE x.mail = mail.id))))";
  std::int64_t waiting = 0;
  for (int leg = 0; leg < 30; ++leg) {
    Walk(10);
    EXPECT_EQ(CountBy(kWaitsForNothing), 0);
    waiting += CountBy("SELECT COUNT(*) FROM receipt WHERE state = 'waiting'");
  }
  EXPECT_GT(waiting, 20);
  EXPECT_GT(CountBy("SELECT COUNT(*) FROM receipt WHERE state = 'sent'"), 20);
  EXPECT_EQ(CountBy("SELECT COUNT(DISTINCT disposition) FROM receipt WHERE state = 'sent'"), 3);
}

TEST_F(RandomWalkTest, NoStatementScansAGrowingTable) {
  Walk(60);
  const std::vector<std::string> statements = Statements();
  EXPECT_GE(statements.size(), 60u);
  for (const std::string& sql : statements) {
    if (!sql.starts_with("SELECT") && !sql.starts_with("UPDATE") && !sql.starts_with("INSERT")) continue;
    // `list` walks the primary key backwards, as far as its limit; state_count does not grow.
    if (sql.ends_with("ORDER BY t.id DESC LIMIT :limit") || sql.ends_with("FROM state_count")) continue;
    // As many rows as there are destinations.
    if (sql.find("FROM away_destination ORDER BY") != sql.npos) continue;
    if (sql.find("FROM held_destination ORDER BY") != sql.npos || sql.find("FROM woken ORDER BY") != sql.npos) continue;
    // The check at opening: the first row it comes to, and the schema.
    if (sql.find(" WHERE ") == sql.npos && sql.ends_with("LIMIT 1")) continue;
    if (sql.find("FROM sqlite_master") != sql.npos) continue;
    EXPECT_THAT(Plan(sql), Each(Not(StartsWith("SCAN")))) << sql;
  }
}

TEST_F(RandomWalkTest, ClaimsReadTheIndicesMadeForThem) {
  Walk(60);
  std::set<std::string> used;
  for (const std::string& sql : Statements()) {
    if (sql.find("claimed_until = :until") == std::string::npos) continue;
    const std::vector<std::string> plan = Plan(sql);
    EXPECT_THAT(plan, Each(Not(HasSubstr("ORDER BY")))) << sql;  // no sorting either
    for (const std::string index :
         {"message_seal", "message_send", "mail_open", "delivery_claim", "receipt_claim", "document_claim"}) {
      if (std::any_of(plan.begin(), plan.end(), [&](const std::string& s) { return s.find(index) != s.npos; })) {
        used.insert(index);
      }
    }
  }
  EXPECT_THAT(used, SizeIs(6));
}

// What upkeep and `status` ask again and again: one index each, made for it, and no sorting.
TEST_F(RandomWalkTest, UpkeepReadsTheIndicesMadeForIt) {
  Walk(60);
  const std::vector<std::string> statements = Statements();
  for (const auto& [sql, index] :
       {std::pair("SELECT id, shipment, partner FROM message WHERE state = 'sent'", "message_awaits"),
        std::pair("SELECT finished FROM message WHERE state = 'sent'", "message_awaits"),
        std::pair("SELECT finished FROM message WHERE state = 'overdue'", "message_overdue"),
        std::pair("SELECT id, spool_key FROM instance WHERE state = 'routed'", "instance_forget"),
        std::pair("SELECT id, spool_key FROM document WHERE state = 'routed'", "document_forget"),
        std::pair("SELECT message FROM sent_id", "sqlite_autoindex_sent_id_1"),
        std::pair("SELECT id, partner, parts, total FROM received_set WHERE", "received_set_incomplete"),
        std::pair("SELECT fragment_sender, partial_id FROM mail WHERE", "mail_fragment_waits"),
        std::pair("SELECT place FROM mail WHERE", "mail_of_sender"),
        std::pair("SELECT id FROM instance WHERE mail = :mail AND state IN", "instance_open"),
        std::pair("SELECT id, instance FROM document WHERE sha256", "document_sha256"),
        std::pair("SELECT message.id, message.state, message.message_id FROM shipment JOIN", "shipment_set")}) {
    const auto found = std::find_if(statements.begin(), statements.end(),
                                    [&, begin = sql](const std::string& s) { return s.starts_with(begin); });
    ASSERT_NE(found, statements.end()) << sql;
    const std::vector<std::string> plan = Plan(*found);
    EXPECT_THAT(plan, testing::Contains(HasSubstr(std::string(index) + " "))) << sql;
    if (std::string_view(index) != "shipment_set") {
      EXPECT_THAT(plan, Each(Not(HasSubstr("ORDER BY")))) << sql;
    }
  }
}

}  // namespace
}  // namespace gateway::ledger
