// Receipts and bounces against a real ledger with one message that was sent to partner b.
#include "inbound/report_recorder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "base/random_text.h"
#include "gateway/settings.h"
#include "ledger/operator_ledger.h"
#include "spool/space_guard.h"
#include "support/ledger_subjects.h"

namespace gateway::inbound {
namespace {

using mime::ReportKind;
using mime::Verdict;

PartnerSettings Partner(const std::string& name) {
  PartnerSettings partner;
  partner.name = name;
  partner.address = "tele@" + name + ".example";
  partner.key_fingerprint = "KEY-OF-" + name;
  return partner;
}

class ReportRecorderTest : public testing::Test {
 protected:
  void SetUp() override {
    GatewaySettings gateway;
    gateway.state_dir = directory_;
    spool_ = *spool::Spool::Open(gateway.state_dir);
    database_ = *ledger::Database::Open(spool_->LedgerFile(), ledger::OpenMode::create);
    ledger_.emplace(*database_);
    settings_.partners = {Partner("b"), Partner("c")};
    settings_.receipts.resend_limit = 1;
    settings_.retry = {Milliseconds(1), Milliseconds(1), Milliseconds(1'000'000)};
    acceptance_.emplace(settings_.partners);
    space_.emplace(*spool_, clock_);
    recorder_ = std::make_unique<ReportRecorder>(Context(), *acceptance_);
    SendOne();
  }
  void TearDown() override {
    recorder_.reset();
    database_.reset();
    spool_.reset();
    std::filesystem::remove_all(directory_);
  }

  InboundContext Context() {
    return {.settings = {.gateway = settings_.gateway,
                         .pacs = settings_.pacs,
                         .mailboxes = settings_.mailboxes,
                         .partners = settings_.partners,
                         .routes = settings_.routes,
                         .receipts = settings_.receipts,
                         .reception = settings_.reception,
                         .retry = settings_.retry,
                         .router = router_,
                         .keys = keys_},
            .around = {*spool_, *space_, *database_, clock_},
            .open_worker = {}};
  }
  void SendOne() {
    ledger::NewInstance instance;
    instance.header.sop_instance_uid = "1.2.3";
    instance.header.study_instance_uid = "1.2";
    instance.spool_key = Keep(spool::Kind::instance);
    instance.received = clock_.Now();
    ASSERT_TRUE(
        ledger_->intake.AddInstance(instance, {{"b", "main", "rule", Priority::normal, Bundling::instance, "set.1"}}));
    SealAndSend("sent@a.example");
  }
  void SealAndSend(const std::string& message_id) {
    const Time later = clock_.Now() + Milliseconds(1000);
    const auto to_seal = *ledger_->seal_queue.Claim(1, later, Milliseconds(1000));
    ASSERT_EQ(to_seal.size(), 1U);
    ledger::SealedMessage sealed;
    sealed.spool_key = Keep(spool::Kind::message);
    sealed.message_id = message_id;
    sealed.date = later;
    sealed.receipt_asked = ReceiptMode::mdn;
    ASSERT_TRUE(ledger_->seal_queue.RecordSealed(to_seal[0].id, sealed));
    ASSERT_EQ(ledger_->send_queue.Claim("main", 1, later, Milliseconds(1000))->size(), 1U);
    ASSERT_TRUE(ledger_->send_queue.RecordSent(to_seal[0].id, message_id, "250 ok", later));
  }
  std::string Keep(spool::Kind kind) {
    const std::filesystem::path file = spool_->NewWorkFile();
    EXPECT_TRUE(WriteFileDurably(file, "content"));
    return *spool_->Keep(kind, file);
  }

  // A received mail with this report. Empty: recorded; otherwise why not.
  std::string Receive(const std::string& partner, ReportKind kind, Verdict verdict, const std::string& message_id) {
    return Receive(partner, kind, [&](ReportRecorder::Received& received) {
      received.report.verdict = verdict;
      received.report.message_ids = {message_id};
    });
  }
  template <typename Fill>
  std::string Receive(const std::string& partner, ReportKind kind, Fill fill) {
    mail_key_ = Keep(spool::Kind::mail);
    const ledger::AddedMail mail =
        *ledger_->fetched_mails.Add({"main", "1:" + std::to_string(++uid_), mail_key_, 7, "hash", clock_.Now()});
    ReportRecorder::Received received;
    received.mail = mail.mail;
    received.partner = acceptance_->PartnerOf("tele@" + partner + ".example");
    received.report.kind = kind;
    received.report.words = "words";
    if (kind == ReportKind::pgp) SignAndEncrypt(partner, received);
    fill(received);
    const Result<void> recorded = recorder_->Record(received);
    return recorded ? "" : recorded.error().code;
  }
  static void SignAndEncrypt(const std::string& partner, ReportRecorder::Received& received) {
    security::Signature signature;
    signature.status = SignatureStatus::valid;
    signature.signer = "KEY-OF-" + partner;
    received.signatures = {signature};
    received.encrypted = true;
  }
  std::string StateOfMessage() {
    const ledger::Status status = *ledger::OperatorLedger(*database_).GetStatus();
    for (const auto& [state, count] : status.counts.at(ledger::CountedKind::messages)) {
      if (count > 0) return std::string(state.name);
    }
    return "";
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("reports-" + RandomHex(8));
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<ledger::Database> database_;
  std::optional<ledger::Subjects> ledger_;
  std::optional<spool::SpaceGuard> space_;
  Settings settings_;
  const routing::Router router_ = *routing::Router::Create({});
  const security::Keys keys_ = {};
  std::optional<Acceptance> acceptance_;
  SystemClock clock_;
  std::unique_ptr<ReportRecorder> recorder_;
  std::string mail_key_;
  std::uint32_t uid_ = 0;
};

TEST_F(ReportRecorderTest, ReceiptDeliversAndItsMailIsDone) {
  EXPECT_EQ(Receive("b", ReportKind::mdn, Verdict::displayed, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "delivered");
  EXPECT_FALSE(std::filesystem::exists(spool_->PathOf(spool::Kind::mail, mail_key_)));
}

TEST_F(ReportRecorderTest, EachVerdictHasItsState) {
  EXPECT_EQ(Receive("b", ReportKind::mdn, Verdict::other, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "sent");
  EXPECT_EQ(Receive("mail-server", ReportKind::dsn, Verdict::relayed, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "sent");
  EXPECT_EQ(Receive("mail-server", ReportKind::dsn, Verdict::delayed, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "sent");
  EXPECT_EQ(Receive("mail-server", ReportKind::bounce, Verdict::bounced, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "bounced");
  EXPECT_EQ(Receive("b", ReportKind::mdn, Verdict::deleted, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "refused");
  EXPECT_EQ(Receive("b", ReportKind::pgp, Verdict::displayed_warning, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "warning");
}

TEST_F(ReportRecorderTest, MailServersNeverDeliver) {
  EXPECT_EQ(Receive("b", ReportKind::dsn, Verdict::displayed, "sent@a.example"), "");
  EXPECT_EQ(Receive("b", ReportKind::bounce, Verdict::displayed_warning, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "sent");
}

TEST_F(ReportRecorderTest, NobodyElseReceiptsAPartnersMessage) {
  EXPECT_EQ(Receive("stranger", ReportKind::mdn, Verdict::displayed, "sent@a.example"), "stranger");
  EXPECT_EQ(Receive("c", ReportKind::mdn, Verdict::displayed, "sent@a.example"), "foreign-report");
  EXPECT_EQ(StateOfMessage(), "sent");
  EXPECT_TRUE(std::filesystem::exists(spool_->PathOf(spool::Kind::mail, mail_key_)));
}

TEST_F(ReportRecorderTest, WhatFitsNothingWaitsForAPerson) {
  EXPECT_EQ(Receive("b", ReportKind::mdn, Verdict::displayed, "never-sent@a.example"), "unmatched-report");
  EXPECT_EQ(Receive("mail-server", ReportKind::bounce, Verdict::bounced, "never-sent@a.example"), "unmatched-report");
  EXPECT_EQ(StateOfMessage(), "sent");
}

TEST_F(ReportRecorderTest, WhatIsNotSignedIsNotMatchedByItsSet) {
  const auto by_set = [](ReportRecorder::Received& received) {
    received.report.verdict = Verdict::displayed;
    received.report.set = TelemedicineSet{"set.1", 1, 1};
  };
  EXPECT_EQ(Receive("b", ReportKind::mdn, by_set), "unmatched-report");
  EXPECT_EQ(StateOfMessage(), "sent");
  EXPECT_EQ(Receive("b", ReportKind::mdn,
                    [&](ReportRecorder::Received& received) {
                      SignAndEncrypt("b", received);
                      by_set(received);
                    }),
            "");
  EXPECT_EQ(StateOfMessage(), "delivered");
}

TEST_F(ReportRecorderTest, IsSentAgainUpToTheLimitAndThenRefused) {
  EXPECT_EQ(Receive("b", ReportKind::mdn, Verdict::deleted_error, "sent@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "waiting");
  SealAndSend("again@a.example");
  EXPECT_EQ(Receive("b", ReportKind::mdn, Verdict::deleted_error, "again@a.example"), "");
  EXPECT_EQ(StateOfMessage(), "refused");
}

}  // namespace
}  // namespace gateway::inbound
