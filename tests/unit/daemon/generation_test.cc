// A changed configuration is a new generation on the same spool, ledger and listening socket.
#include "daemon/generation.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/random_text.h"
#include "dicom/storage_scu.h"
#include "dicom/toolkit.h"
#include "ledger/intake.h"
#include "ledger/operator_ledger.h"
#include "support/state_counts.h"

namespace gateway::daemon {
namespace {

class GenerationTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(dicom::StartToolkit(false));
    std::filesystem::create_directory(directory_);
    settings_.gateway.state_dir = directory_ / "state";
    settings_.dicom.bind = "127.0.0.1";
    settings_.dicom.port = 0;
    settings_.dicom.callers = {{.ae_title = "FIRST", .host = "127.0.0.1"}};
    // Nothing listens there: the mailbox is away all the time.
    MailboxSettings mailbox{"main", "a@a.example", {}, {}, {}, {}};
    mailbox.smtp.url = "smtp://127.0.0.1:1";
    mailbox.imap.url = "imap://127.0.0.1:1";
    mailbox.key.file = directory_ / "secret.asc";
    const auto key = ReadSmallFile(std::string(TEST_DATA_DIR) + "/mails/keys/receiver.secret.asc");
    ASSERT_TRUE(key && WriteFileDurably(mailbox.key.file, *key));
    settings_.mailboxes.push_back(mailbox);
    state_ = *State::Open(settings_.gateway);
    ASSERT_TRUE(state_->Listen(settings_.dicom));
  }
  void TearDown() override {
    generation_.reset();
    state_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Start() {
    const auto configuration = Configuration::Build(settings_);
    ASSERT_TRUE(configuration) << configuration.error().detail;
    auto started = Generation::Start(*configuration, *state_);
    ASSERT_TRUE(started) << started.error().detail;
    generation_ = std::move(started).value();
  }
  [[nodiscard]] dicom::StorageScu Caller(const std::string& title) const {
    PacsSettings scp;
    scp.ae_title = settings_.dicom.ae_title;
    scp.calling_ae_title = title;
    scp.host = "127.0.0.1";
    scp.port = state_->listeners->port();
    return dicom::StorageScu(scp);
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("generation-" + RandomHex(8));
  Settings settings_;
  std::unique_ptr<State> state_;
  std::unique_ptr<Generation> generation_;
};

TEST_F(GenerationTest, TheNextOneListensOnTheSameSocketByItsOwnSettings) {
  Start();
  const std::uint16_t port = generation_->dicom_port();
  EXPECT_TRUE(Caller("FIRST").Echo());
  EXPECT_FALSE(Caller("SECOND").Echo());
  generation_.reset();
  settings_.dicom.callers = {{.ae_title = "SECOND", .host = "127.0.0.1"}};
  Start();
  EXPECT_EQ(generation_->dicom_port(), port);
  EXPECT_FALSE(Caller("FIRST").Echo());
  EXPECT_TRUE(Caller("SECOND").Echo());
}

TEST_F(GenerationTest, WhoConnectsBetweenTwoIsServedByTheNext) {
  Start();
  generation_.reset();
  std::jthread caller([this] { EXPECT_TRUE(Caller("FIRST").Echo()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // it waits in the backlog, most probably
  Start();
  caller.join();
}

TEST_F(GenerationTest, WhatWaitsInTheLedgerStaysThere) {
  Start();
  ledger::NewInstance instance;
  instance.header.sop_instance_uid = "1.2.3";
  instance.header.study_instance_uid = "1.2";
  instance.spool_key = "instance";
  ASSERT_TRUE(ledger::Intake(*state_->database).AddInstance(instance, {}));
  generation_.reset();
  Start();
  EXPECT_EQ(ledger::CountIn(*ledger::OperatorLedger(*state_->database).GetStatus(), "instances_out", "held"), 1);
}

TEST_F(GenerationTest, OneThatCannotStartLeavesRoomForAnother) {
  PacsSettings pacs;
  pacs.name = "archive";
  pacs.tls = TlsSettings{};
  pacs.tls->ca_file = directory_ / "missing.pem";
  settings_.pacs = {pacs};
  const auto configuration = Configuration::Build(settings_);
  ASSERT_TRUE(configuration) << configuration.error().detail;
  EXPECT_FALSE(Generation::Start(*configuration, *state_));
  settings_.pacs.clear();
  Start();
  EXPECT_TRUE(Caller("FIRST").Echo());
}

}  // namespace
}  // namespace gateway::daemon
