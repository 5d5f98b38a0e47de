#include "daemon/upkeep.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/random_text.h"
#include "support/ledger_subjects.h"
#include "support/set_clock.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

class Upkeep : public testing::Test {
 protected:
  void SetUp() override {
    GatewaySettings settings;
    settings.state_dir = directory_;
    spool_ = *spool::Spool::Open(settings.state_dir);
    database_ = *ledger::Database::Open(spool_->LedgerFile(), ledger::OpenMode::create);
    ledger_.emplace(*database_);
    files_.emplace(*database_);
  }
  void TearDown() override {
    database_.reset();
    spool_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string Keep(spool::Kind kind) {
    const std::filesystem::path file = spool_->NewWorkFile();
    EXPECT_TRUE(WriteFileDurably(file, "content"));
    return *spool_->Keep(kind, file);
  }
  bool There(spool::Kind kind, const std::string& key) { return std::filesystem::exists(spool_->PathOf(kind, key)); }

  // An instance on its way to a partner, as C-STORE leaves it.
  std::string AddInstance() {
    ledger::NewInstance instance;
    instance.header.sop_instance_uid = "1.2." + std::to_string(++added_);
    instance.header.study_instance_uid = "1.2";
    instance.spool_key = Keep(spool::Kind::instance);
    instance.received = clock_.now;
    EXPECT_TRUE(ledger_->intake.AddInstance(
        instance, {{"b", "main", "rule", Priority::normal, Bundling::instance, "set." + std::to_string(added_)}}));
    return instance.spool_key;
  }
  // A document on its way to a partner, as `send` leaves it.
  std::string AddDocument() {
    ledger::NewShipment shipment;
    shipment.partner = "b";
    shipment.mailbox = "main";
    shipment.set_id = "set.document";
    shipment.created = clock_.now;
    std::string key = Keep(spool::Kind::document);
    shipment.files.push_back({std::nullopt, ledger::NewDocument{"application/pdf", "a.pdf", "", key, 7, "hash"}});
    EXPECT_TRUE(ledger_->intake.AddShipment(shipment));
    return key;
  }
  void SendAll() {
    for (const ledger::MessageToSeal& message : *ledger_->seal_queue.Claim(100, clock_.now, Milliseconds(1000))) {
      ledger::SealedMessage sealed;
      sealed.spool_key = "key" + std::to_string(message.id);
      sealed.size = 1;
      sealed.message_id = "m";
      EXPECT_TRUE(ledger_->seal_queue.RecordSealed(message.id, sealed));
    }
    for (const ledger::MessageToSend& message :
         *ledger_->send_queue.Claim("main", 100, clock_.now, Milliseconds(1000))) {
      EXPECT_TRUE(ledger_->send_queue.RecordSent(message.id, message.sealed.message_id, "250 ok", clock_.now));
    }
  }
  void RunRetention() {
    Retention retention({Milliseconds(10'000), Milliseconds(10'000)}, *spool_, *database_, clock_);
    (void)retention.Step({});
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("upkeep-" + RandomHex(8));
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<ledger::Database> database_;
  SetClock clock_;
  int added_ = 0;
  std::optional<ledger::Subjects> ledger_;
  std::optional<ledger::KnownFiles> files_;
};

TEST_F(Upkeep, RemovesWhatTheLedgerDoesNotKnow) {
  for (const spool::Kind kind :
       {spool::Kind::instance, spool::Kind::message, spool::Kind::mail, spool::Kind::document, spool::Kind::derived}) {
    const std::string orphan = Keep(kind);
    ASSERT_TRUE(RemoveOrphans(*spool_, *files_));
    EXPECT_FALSE(There(kind, orphan));
  }
}

TEST_F(Upkeep, NamesAFileThatCannotBePutAside) {
  const std::string orphan = Keep(spool::Kind::instance);
  const std::filesystem::path orphans = directory_ / "spool" / "orphans";
  std::filesystem::remove_all(orphans);
  ASSERT_TRUE(WriteFileDurably(orphans, "a file in place of the directory"));
  const std::filesystem::path log = directory_ / "log";
  ASSERT_TRUE(OpenLog({log.string(), LogLevel::info, LogFormat::text}));
  EXPECT_TRUE(RemoveOrphans(*spool_, *files_));
  ASSERT_TRUE(OpenLog({}));
  EXPECT_TRUE(There(spool::Kind::instance, orphan));
  const std::string lines = ReadSmallFile(log).value();
  const std::string file = spool_->PathOf(spool::Kind::instance, orphan).string();
  EXPECT_NE(lines.find("error spool-failed operation=put-aside file=" + file), std::string::npos) << lines;
  EXPECT_EQ(lines.find("ledger-failed"), std::string::npos) << lines;
}

TEST_F(Upkeep, LeavesWhatTheLedgerKnows) {
  const std::string instance = AddInstance();
  const std::string mail = Keep(spool::Kind::mail);
  ASSERT_TRUE(ledger_->fetched_mails.Add({"main", "1:1", mail, 7, "hash", clock_.now}));
  ASSERT_TRUE(RemoveOrphans(*spool_, *files_));
  EXPECT_TRUE(There(spool::Kind::instance, instance));
  EXPECT_TRUE(There(spool::Kind::mail, mail));
}

TEST_F(Upkeep, LeavesDocumentsThatTheLedgerKnows) {
  const std::string key = AddDocument();
  ASSERT_TRUE(RemoveOrphans(*spool_, *files_));
  EXPECT_TRUE(There(spool::Kind::document, key));
}

TEST_F(Upkeep, DocumentsThatWereSentGoAfterTheirTime) {
  const std::string key = AddDocument();
  SendAll();
  clock_.now += Milliseconds(9'000);
  RunRetention();
  EXPECT_TRUE(There(spool::Kind::document, key));
  clock_.now += Milliseconds(2'000);
  RunRetention();
  EXPECT_FALSE(There(spool::Kind::document, key));
}

TEST_F(Upkeep, FilesOfWhatWasSentGoAfterTheirTime) {
  const std::string key = AddInstance();
  SendAll();
  clock_.now += Milliseconds(9'000);
  RunRetention();
  EXPECT_TRUE(There(spool::Kind::instance, key));
  clock_.now += Milliseconds(2'000);
  RunRetention();
  EXPECT_FALSE(There(spool::Kind::instance, key));
}

TEST_F(Upkeep, FilesOfWhatWasNotSentStayForEver) {
  const std::string key = AddInstance();
  clock_.now += Milliseconds(1'000'000'000);
  RunRetention();
  EXPECT_TRUE(There(spool::Kind::instance, key));
}

}  // namespace
}  // namespace gateway::daemon
