// What a sender does while its server, or a partner, fails. No mail leaves: nobody listens at the
// server's port.
#include "outbound/sender.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/files.h"
#include "base/handles.h"
#include "base/random_text.h"
#include "ledger/operator_ledger.h"
#include "spool/space_guard.h"
#include "support/ledger_subjects.h"
#include "support/state_counts.h"

namespace gateway::outbound {
namespace {

class SetClock : public Clock {
 public:
  [[nodiscard]] Time Now() const override { return now; }
  Time now{Milliseconds(1'700'000'000'000)};
};

// A port of loopback that is taken, and on which nobody listens.
class DeadPort {
 public:
  DeadPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no port");
    }
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::string Url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }

 private:
  UniqueFd socket_;
  unsigned port_ = 0;
};

class SenderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(directory_);
    settings_.gateway.state_dir = directory_ / "state";
    settings_.retry = {Milliseconds(600'000), Milliseconds(600'000), Milliseconds(172'800'000)};
    settings_.mailboxes.push_back({"main", "a@a.example", {}, {}, {}, {}});
    settings_.mailboxes[0].smtp.url = server_.Url();
    settings_.mailboxes[0].smtp.tls = TlsMode::none;
    for (const char* name : {"b", "c"}) settings_.partners.push_back({name, "x@b.example", {}, "main", {}, {}, {}});
    spool_ = *spool::Spool::Open(settings_.gateway.state_dir);
    database_ = *ledger::Database::Open(spool_->LedgerFile(), ledger::OpenMode::create);
    ledger_.emplace(*database_);
    destinations_.emplace(FailurePolicy(settings_.retry), settings_.partners);
    space_.emplace(*spool_, clock_);
    pacers_.emplace(settings_.mailboxes, settings_.partners, clock_);
    sender_.emplace(Context(), settings_.mailboxes[0], *destinations_, *pacers_, Priority::bulk, [] {});
  }
  void TearDown() override {
    sender_.reset();
    database_.reset();
    spool_.reset();
    std::filesystem::remove_all(directory_);
  }

  OutboundContext Context() {
    return {.settings = {.dicom = settings_.dicom,
                         .mailboxes = settings_.mailboxes,
                         .partners = settings_.partners,
                         .routes = settings_.routes,
                         .retry = settings_.retry,
                         .pacs = settings_.pacs,
                         .router = router_,
                         .keys = keys_},
            .around = {*spool_, *space_, *database_, clock_}};
  }
  void Queue(const std::string& partner, Priority priority) {
    const std::string uid = "1.2." + std::to_string(++queued_);
    ledger::NewInstance instance;
    instance.header.sop_instance_uid = uid;
    instance.header.study_instance_uid = "1.2";
    instance.spool_key = "instance" + uid;
    instance.received = clock_.now;
    ASSERT_TRUE(
        ledger_->intake.AddInstance(instance, {{partner, "main", "rule", priority, Bundling::instance, "set" + uid}}));
    const std::int64_t id = ledger_->seal_queue.Claim(1, clock_.now, Milliseconds(1000))->at(0).id;
    const std::filesystem::path work = spool_->NewWorkFile();
    ASSERT_TRUE(WriteFileDurably(work, "Subject: x\r\n\r\nx\r\n"));
    ledger::SealedMessage sealed;
    sealed.spool_key = *spool_->Keep(spool::Kind::message, work);
    sealed.size = 17;
    sealed.message_id = uid + "@a.example";
    ASSERT_TRUE(ledger_->seal_queue.RecordSealed(id, sealed));
  }
  Milliseconds Step() { return sender_->Step({}); }
  std::size_t Due() { return ledger_->send_queue.Claim("main", 100, clock_.now, Milliseconds(-1))->size(); }

  const DeadPort server_;
  const std::filesystem::path directory_ =
      std::filesystem::path(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") /
      ("dmg-sender-" + RandomHex(8));
  struct {
    GatewaySettings gateway;
    DicomSettings dicom;
    std::vector<MailboxSettings> mailboxes;
    std::vector<PartnerSettings> partners;
    std::vector<PacsSettings> pacs;
    RouteSettings routes;
    RetrySettings retry;
  } settings_;
  const routing::Router router_ = *routing::Router::Create({});
  const security::Keys keys_ = {};
  SetClock clock_;
  std::unique_ptr<spool::Spool> spool_;
  std::optional<spool::SpaceGuard> space_;
  std::unique_ptr<ledger::Database> database_;
  std::optional<ledger::Subjects> ledger_;
  std::optional<MailDestinations> destinations_;
  std::optional<Pacers> pacers_;
  std::optional<Sender> sender_;
  int queued_ = 0;
};

TEST_F(SenderTest, NoMessagePaysForAServerThatIsAway) {
  Queue("b", Priority::normal);
  EXPECT_EQ(Step().count(), 0);
  EXPECT_TRUE(destinations_->server().failing());
  EXPECT_FALSE(destinations_->partner("b").failing());
  EXPECT_GT(Step().count(), 0);
  const auto claimed = ledger_->send_queue.Claim("main", 1, clock_.now, Milliseconds(1000));
  ASSERT_EQ(claimed->size(), 1U);
  EXPECT_EQ(claimed->at(0).tries, 0U);
}

TEST_F(SenderTest, AnEmergencyAsksEachMinuteWhetherTheServerIsBack) {
  Queue("b", Priority::normal);
  ASSERT_EQ(Step().count(), 0);
  Queue("b", Priority::emergency);
  clock_.now += Milliseconds(59'000);
  EXPECT_GT(Step().count(), 0);
  clock_.now += Milliseconds(1000);
  EXPECT_EQ(Step().count(), 0);  // tried, in vain
  EXPECT_EQ(destinations_->server().Wait(clock_.now, true).count(), 60'000);
  EXPECT_GT(destinations_->server().Wait(clock_.now).count(), 300'000);
}

TEST_F(SenderTest, WithoutAnEmergencyNobodyAsks) {
  Queue("b", Priority::normal);
  ASSERT_EQ(Step().count(), 0);
  clock_.now += Milliseconds(60'000);
  EXPECT_EQ(Step().count(), 1000);  // nothing to do
  EXPECT_EQ(destinations_->server().Wait(clock_.now, true).count(), 0);
}

TEST_F(SenderTest, WhatGoesToAPartnerThatFailsIsPutOffUntried) {
  for (int i = 0; i < 5; ++i) Queue("b", Priority::normal);
  Queue("c", Priority::normal);
  ASSERT_GT(destinations_->partner("b").Failed(clock_.now).count(), 0);
  EXPECT_EQ(Step().count(), 0);
  EXPECT_FALSE(destinations_->server().failing());
  EXPECT_EQ(Due(), 1U);  // that to c
  EXPECT_EQ(Step().count(), 0);
  EXPECT_TRUE(destinations_->server().failing());
}

TEST_F(SenderTest, WhatGoesToAPartnerThatTheConfigurationLostWaits) {
  for (int i = 0; i < 3; ++i) Queue("gone", Priority::normal);
  EXPECT_EQ(Step().count(), 0);
  EXPECT_EQ(Due(), 0U);
  EXPECT_FALSE(destinations_->server().failing());
  EXPECT_EQ(ledger::CountIn(*ledger::OperatorLedger(*database_).GetStatus(), "messages", "sealed"), 3);
  clock_.now += kWhileStranded;
  EXPECT_EQ(Due(), 3U);
}

TEST_F(SenderTest, WhatIsOlderThanItMayBeIsGivenUpAndKept) {
  Queue("b", Priority::normal);
  clock_.now += settings_.retry.give_up_after - Milliseconds(1000);
  // Due again by then: the server's back-off is 10 minutes.
  EXPECT_EQ(Step().count(), 0);
  clock_.now += Milliseconds(600'000);
  EXPECT_EQ(Due(), 1U);
  EXPECT_EQ(Step().count(), 0);
  clock_.now += Milliseconds(10 * 86'400'000LL);
  EXPECT_EQ(Due(), 0U);
  const auto failed = ledger::OperatorLedger(*database_).List({.state = "failed", .kind = ItemKind::message});
  ASSERT_TRUE(failed.ok());
  EXPECT_EQ(failed->size(), 1U);
  const auto messages = std::filesystem::recursive_directory_iterator(directory_ / "state" / "spool" / "messages");
  EXPECT_EQ(std::count_if(begin(messages), end(messages), [](const auto& entry) { return entry.is_regular_file(); }),
            1);
}

}  // namespace
}  // namespace gateway::outbound
