// A ledger of version 1, with data in every table, becomes one of today.
#include <chrono>
#include <filesystem>
#include <fstream>

#include "ledger/states.h"
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "reports_fixture.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// As version 1 wrote them: S1 of two messages is sent, one of them in two fragments; of S2 one is
// sealed and one waits; S3 is open. A joined mail with an instance on its way to the PACS, a
// fragment that waits, a mail in quarantine.
constexpr std::array kRows{
    "INSERT INTO shipment (state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, created, "
    "last_instance, closed, finished, instance_count, message_total, messages_sent) VALUES "
    "('sent', 'b', 'main', 'rule', 1, 'study', 'set-1', '1.1', 1000, 1000, 1001, 1002, 2, 2, 2), "
    "('closed', 'b', 'main', 'rule', 1, 'study', 'set-2', '1.2', 1000, 1000, 1001, NULL, 2, 2, 0), "
    "('open', 'b', 'main', 'rule', 1, 'study', 'set-3', '1.3', 1000, 1000, NULL, NULL, 1, 0, 0)",
    "INSERT INTO message (state, shipment, partner, mailbox, priority, part, created, finished, spool_key, size, "
    "message_id, date, partial_id) VALUES "
    "('sent', 1, 'b', 'main', 1, 1, 1001, 1002, NULL, 900, 'one@a.example', 1001, ''), "
    "('sent', 1, 'b', 'main', 1, 2, 1001, 1002, NULL, 900, 'two@a.example', 1001, 'partial'), "
    "('sealed', 2, 'b', 'main', 1, 1, 1001, NULL, 'eml-3', 900, 'three@a.example', 1001, ''), "
    "('waiting', 2, 'b', 'main', 1, 2, 1001, NULL, NULL, 0, '', NULL, '')",
    "INSERT INTO message_fragment (message, number, total, state, range_offset, range_length, message_id) VALUES "
    "(2, 1, 2, 'sent', 0, 450, 'two.1@a.example'), (2, 2, 2, 'sent', 450, 450, 'two.2@a.example')",
    "INSERT INTO mail (state, mailbox, uid_validity, uid, on_server, spool_key, size, sha256, fetched, finished, "
    "sender, "
    "partner, joined, fragment_sender, partial_id, fragment_number, fragment_total) VALUES "
    "('opened', 'main', 7, 1, 0, NULL, 5, 's', 1000, 1001, 'Tele@B.example', 'b', 1, NULL, NULL, NULL, NULL), "
    "('fragment', 'main', 7, 2, 0, 'mail-2', 5, 's', 1000, NULL, 'Tele@B.example', 'b', 0, 'tele@b.example', 'p', 1, "
    "2), "
    "('quarantined', 'main', 7, 3, 0, 'mail-3', 5, 's', 1000, 1001, 'x@x.example', '', 0, NULL, NULL, NULL, NULL)",
    "INSERT INTO instance (direction, state, sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, "
    "series_instance_uid, has_meta_header, dataset_offset, file_size, dataset_sha256, spool_key, received, finished, "
    "mail, partner) VALUES "
    "('out', 'routed', '1', '1.1.1', '1', '1.1', '1', 1, 300, 9, 'h', 'key-1', 1000, 1002, NULL, ''), "
    "('out', 'routed', '1', '1.1.2', '1', '1.1', '1', 1, 300, 9, 'h', 'key-2', 1000, 1002, NULL, ''), "
    "('out', 'routed', '1', '1.2.1', '1', '1.2', '1', 1, 300, 9, 'h', 'key-3', 1000, NULL, NULL, ''), "
    "('out', 'routed', '1', '1.2.2', '1', '1.2', '1', 1, 300, 9, 'h', 'key-4', 1000, NULL, NULL, ''), "
    "('out', 'routed', '1', '1.3.1', '1', '1.3', '1', 1, 300, 9, 'h', 'key-5', 1000, NULL, NULL, ''), "
    "('in', 'accepted', '1', '2.1.1', '1', '2.1', '1', 1, 300, 9, 'h', 'key-6', 1000, NULL, 1, 'b')",
    "INSERT INTO shipment_instance (shipment, position, instance, message) VALUES "
    "(1, 1, 1, 1), (1, 2, 2, 2), (2, 1, 3, 3), (2, 2, 4, 4), (3, 1, 5, NULL)",
    "INSERT INTO delivery (state, instance, pacs, created) VALUES ('waiting', 6, 'main', 1000)",
};

class MigrationTest : public ReportsTest {
 protected:
  MigrationTest() {
    database.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
    Session session(file());
    dialect::SetUpNew(session);
    session.Execute("BEGIN");
    dialect::MarkAsLedger(session);
    Migrate(session, std::span(Migrations()).first(1), At(0));
    for (const char* rows : kRows) session.Execute(rows);
    session.Execute("COMMIT");
  }
};

TEST_F(MigrationTest, OperatorsWaitForTheDaemonToDoIt) {
  EXPECT_EQ(Database::Open(file(), OpenMode::existing).error().code, "ledger-older");
  Reopen();
  EXPECT_TRUE(Database::Open(file(), OpenMode::existing));
}

TEST_F(MigrationTest, KeepsTheLedgerFromBefore) {
  Reopen();
  const std::filesystem::path copy = file().string() + ".schema-1";
  EXPECT_EQ(std::filesystem::status(copy).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Session session(copy);
  EXPECT_TRUE(dialect::IsMarkedAsLedger(session));
  EXPECT_EQ(SchemaVersion(session), 1);
  EXPECT_EQ(session.First<std::int64_t>("SELECT COUNT(*) FROM message"), 4);
}

TEST_F(MigrationTest, MakesACopyAnewThatAnInterruptedUpgradeLeft) {
  const std::filesystem::path copy = file().string() + ".schema-1";
  std::ofstream(copy) << "half a copy";
  Reopen();
  Session session(copy);
  EXPECT_EQ(SchemaVersion(session), 1);
}

TEST_F(MigrationTest, RemovesTheCopyAfterThirtyDays) {
  const std::filesystem::path copy = file().string() + ".schema-1";
  Reopen();
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(copy, now - std::chrono::days(29));
  Reopen();
  EXPECT_TRUE(std::filesystem::exists(copy));
  std::filesystem::last_write_time(copy, now - std::chrono::days(31));
  Reopen();
  EXPECT_FALSE(std::filesystem::exists(copy));
}

TEST_F(MigrationTest, KeepsEveryCount) {
  Reopen();
  EXPECT_EQ(Count("messages", "sent"), 2);
  EXPECT_EQ(Count("shipments", "open"), 1);
  EXPECT_EQ(Count("mails", "quarantined"), 1);
  EXPECT_EQ(Count("instances_out", "routed"), 5);
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
  std::size_t states = 0;
  for (const auto& [kind, counts] : operators->GetStatus().value().counts) states += counts.size();
  std::size_t known = 0;
  for (const KindStates& kind : AllStates()) known += kind.states.size();
  EXPECT_EQ(states, known);
}

TEST_F(MigrationTest, ReceiptsFindOldMessagesAndFragments) {
  Reopen();
  EXPECT_EQ(Record(MakeReport(Answer::delivered, "one@a.example")).shipment_state, ShipmentState::sent);
  EXPECT_EQ(Record(MakeReport(Answer::delivered, "two.2@a.example")).shipment_state, ShipmentState::delivered);
  EXPECT_EQ(Record(MakeReport(Answer::delivered, "three@a.example")).message, 3);
  EXPECT_EQ(Count("messages", "delivered"), 3);
}

TEST_F(MigrationTest, OldMessagesAreNeverOverdue) {
  Reopen();
  EXPECT_THAT(ledger->reports.RecordOverdue(At(1'000'000), 9, At(1'000'000)).value(), IsEmpty());
  EXPECT_FALSE(operators->GetStatus().value().oldest_unreceipted);
  EXPECT_THAT(ForgottenInstances(), ElementsAre("key-1", "key-2"));
}

TEST_F(MigrationTest, WhatWasOnItsWayGoesOn) {
  Reopen();
  EXPECT_THAT(ledger->seal_queue.Claim(9, At(50), kLease).value(), SizeIs(1));
  ASSERT_TRUE(ledger->seal_queue.RecordSealed(4, MakeSealed("eml-4")));
  EXPECT_FALSE(ledger->send_queue.RecordSent(3, "three@a.example", "250", At(60)).value());
  EXPECT_TRUE(ledger->send_queue.RecordSent(4, "eml-4@a.example", "250", At(61)).value());
  EXPECT_EQ(ShipmentState(2), "sent");
  EXPECT_EQ(ledger->shipments.Resend({ItemKind::shipment, 1}, false, At(70)).value().messages, 2u);
  EXPECT_THAT(ledger->shipments.Quiet(At(0), 9).value(), SizeIs(1));
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(80)));
  EXPECT_EQ(Count("instances_in", "stored"), 1);
}

TEST_F(MigrationTest, AnOldFragmentJoinsItsLast) {
  Reopen();
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(9)).value().mail;
  EXPECT_TRUE(ledger->fragments.Record(mail, MakeFacts(), {"p", 2, 2}, At(90)).value().joined);
}

}  // namespace
}  // namespace gateway::ledger
