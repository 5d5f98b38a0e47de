// A changed configuration is a new generation on the same spool, ledger and listening socket.
#include "daemon/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/random_text.h"
#include "dicom/storage_scu.h"
#include "dicom/toolkit.h"
#include "ledger/intake.h"
#include "ledger/operator_ledger.h"
#include "openpgp/key_files.h"
#include "support/conditions.h"
#include "support/state_counts.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

using ::testing::HasSubstr;

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
    state_ = *State::Open(settings_.gateway.state_dir);
    ASSERT_TRUE(state_->Listen(settings_.dicom));
  }
  void TearDown() override {
    generation_.reset();
    state_.reset();
    ASSERT_TRUE(OpenLog({}));
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

  // Sends what has this description to a partner.
  void Route(const std::string& description) {
    const std::string file = std::string(TEST_DATA_DIR) + "/mails/keys/receiver-rsa.public.asc";
    const auto key = openpgp::ReadKeyFile(*ReadSmallFile(file));
    ASSERT_TRUE(key && !key->empty());
    PartnerSettings partner;
    partner.name = "b";
    partner.address = "b@b.example";
    partner.mailbox = "main";
    partner.key_file = file;
    partner.key_fingerprint = key->front().info.fingerprint;
    settings_.partners = {partner};
    OutboundRuleSettings rule;
    rule.name = "described";
    Ask(rule.when, "study_description", Patterns{description});
    rule.send_to = {"b"};
    settings_.routes.outbound = {rule};
  }
  // Sends an instance that names no character set.
  Result<unsigned> Store(const std::string& uid, const std::string& description) {
    const std::string sop_class = "1.2.840.10008.5.1.4.1.1.7";
    std::string dataset;
    const auto add = [&](std::string_view tag, std::string_view vr, std::string value) {
      if (value.size() % 2 != 0) value += vr == "UI" ? '\0' : ' ';
      dataset.append(tag).append(vr).append({static_cast<char>(value.size()), '\0'}).append(value);
    };
    add({"\x08\0\x16\0", 4}, "UI", sop_class);
    add({"\x08\0\x18\0", 4}, "UI", uid);
    add({"\x08\0\x30\x10", 4}, "LO", description);
    add({"\x20\0\x0D\0", 4}, "UI", "1.2");
    add({"\x20\0\x0E\0", 4}, "UI", "1.2.1");
    const std::filesystem::path file = directory_ / uid;
    EXPECT_TRUE(WriteFileDurably(file, dataset));
    return Caller("FIRST").Store({file, sop_class, uid, "1.2.840.10008.1.2.1"});
  }
  std::int64_t Count(const std::string& kind, const std::string& status) {
    return ledger::CountIn(*ledger::OperatorLedger(*state_->database).GetStatus(), kind, status);
  }
  static std::string TextOf(const std::filesystem::path& file) {
    const auto text = ReadSmallFile(file);
    return text ? *text : text.error().detail;
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

TEST_F(GenerationTest, TheNextOneReadsTextByItsOwnCharacterSet) {
  const std::string bytes = "\xBB\xEE\xDA";  // in ISO 8859-5
  Route("Люк");
  Start();
  EXPECT_TRUE(Store("1.2.3", bytes));
  EXPECT_EQ(Count("instances_out", "held"), 1);
  EXPECT_EQ(Count("shipments", "open"), 0);
  generation_.reset();
  settings_.dicom.default_character_set = "ISO_IR 144";
  Start();
  EXPECT_TRUE(Store("1.2.4", bytes));
  EXPECT_EQ(Count("instances_out", "held"), 1);
  EXPECT_EQ(Count("shipments", "open"), 1);
}

TEST_F(GenerationTest, TheNextOneKeepsItsOwnSpaceFree) {
  const std::uint64_t all_there_is = std::uint64_t{1} << 62;
  settings_.gateway.min_free_space.bytes = 1;
  Start();
  EXPECT_TRUE(Store("1.2.3", "text"));
  EXPECT_TRUE(state_->space.CheckFetching());
  generation_.reset();
  settings_.gateway.fetch_free_space = FreeSpace{.bytes = all_there_is};
  Start();
  EXPECT_TRUE(Store("1.2.4", "text"));
  EXPECT_EQ(state_->space.CheckFetching().error().code, "fetch-space-low");
  generation_.reset();
  settings_.gateway.min_free_space.bytes = all_there_is;
  Start();
  EXPECT_FALSE(Store("1.2.5", "text"));
  EXPECT_EQ(state_->space.Check().error().code, "disk-low");
  EXPECT_EQ(Count("instances_out", "held"), 2);
}

TEST_F(GenerationTest, TheNextOneWritesItsOwnLog) {
  const std::filesystem::path first = directory_ / "first.log";
  const std::filesystem::path second = directory_ / "second.log";
  settings_.gateway.log.file = first;
  Start();
  EXPECT_TRUE(Store("1.2.3", "text"));
  generation_.reset();
  settings_.gateway.log = {second, LogLevel::info, LogFormat::json};
  Start();
  EXPECT_TRUE(Store("1.2.4", "text"));
  generation_.reset();
  EXPECT_THAT(TextOf(first), HasSubstr(" info instance-received "));
  EXPECT_THAT(TextOf(second), HasSubstr("\"event\":\"instance-received\""));
  settings_.gateway.log.file = "/dev/null/second.log";
  const auto configuration = Configuration::Build(settings_);
  ASSERT_TRUE(configuration);
  EXPECT_EQ(Generation::Start(*configuration, *state_).error().code, "log-unusable");
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
