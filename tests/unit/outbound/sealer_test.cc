// What is not sealed while its destination fails: the disk would hold it twice. Nobody's public key
// is here, so that what is sealed all the same fails for good, and shows.
#include "outbound/sealer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
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

class SealerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(directory_);
    settings_.gateway.state_dir = directory_ / "state";
    settings_.retry.give_up_after = Milliseconds(0);
    settings_.mailboxes.push_back({"main", "a@a.example", {}, {}, {}, {}});
    // A clone's files may be read by all, which the gateway refuses of a secret key.
    settings_.mailboxes[0].key.file = directory_ / "secret.asc";
    const auto key = ReadSmallFile(std::string(TEST_DATA_DIR) + "/mails/keys/receiver.secret.asc");
    ASSERT_TRUE(key && WriteFileDurably(settings_.mailboxes[0].key.file, *key));
    keys_ = *security::ReadKeys(settings_.mailboxes, {});
    for (const char* name : {"b", "c"}) settings_.partners.push_back({name, "x@b.example", {}, "main", {}, {}, {}});
    spool_ = *spool::Spool::Open(settings_.gateway.state_dir);
    database_ = *ledger::Database::Open(spool_->LedgerFile(), ledger::OpenMode::create);
    ledger_.emplace(*database_);
    destinations_.try_emplace("main", FailurePolicy(settings_.retry), settings_.partners);
    space_.emplace(*spool_, clock_);
    sealer_.emplace(Context(), destinations_, Sealer::Wake{.sealers = [] {}, .senders = [] {}});
  }
  void TearDown() override {
    sealer_.reset();
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
  void Queue(const std::string& partner, Priority priority = Priority::normal, const std::string& mailbox = "main") {
    const std::string uid = "1.2." + std::to_string(++queued_);
    ledger::NewInstance instance;
    instance.header.sop_instance_uid = uid;
    instance.header.study_instance_uid = "1.2";
    const std::filesystem::path work = spool_->NewWorkFile();
    ASSERT_TRUE(WriteFileDurably(work, "not looked at"));
    instance.spool_key = *spool_->Keep(spool::Kind::instance, work);
    instance.received = clock_.now;
    ASSERT_TRUE(
        ledger_->intake.AddInstance(instance, {{partner, mailbox, "rule", priority, Bundling::instance, "set" + uid}}));
  }
  // A message that is sealed: there is something to try the destination with.
  void QueueSealed(const std::string& partner) {
    Queue(partner);
    const std::int64_t id = ledger_->seal_queue.Claim(1, clock_.now, Milliseconds(1000))->at(0).id;
    ledger::SealedMessage sealed;
    sealed.spool_key = "sealed" + std::to_string(id);
    sealed.message_id = sealed.spool_key + "@a.example";
    ASSERT_TRUE(ledger_->seal_queue.RecordSealed(id, sealed));
  }
  std::int64_t Count(const std::string& state) {
    return ledger::CountIn(*ledger::OperatorLedger(*database_).GetStatus(), "messages", state);
  }
  // Until there is nothing to do.
  void SealAll() {
    while (sealer_->Step({}).count() == 0) {
    }
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") /
      ("dmg-sealer-" + RandomHex(8));
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
  security::Keys keys_;
  SetClock clock_;
  std::unique_ptr<spool::Spool> spool_;
  std::optional<spool::SpaceGuard> space_;
  std::unique_ptr<ledger::Database> database_;
  std::optional<ledger::Subjects> ledger_;
  std::map<std::string, MailDestinations> destinations_;
  std::optional<Sealer> sealer_;
  int queued_ = 0;
};

TEST_F(SealerTest, NothingMoreForAPartnerThatFails) {
  QueueSealed("b");
  for (int i = 0; i < 5; ++i) Queue("b");
  Queue("c");
  destinations_.at("main").partner("b").Failed(clock_.now);
  SealAll();
  EXPECT_EQ(Count("waiting"), 5);
  EXPECT_EQ(Count("failed"), 1);  // that to c
  destinations_.at("main").partner("b").Worked();
  ASSERT_TRUE(ledger_->send_queue.EndDeferral("main", "b", clock_.now));
  SealAll();
  EXPECT_EQ(Count("waiting"), 0);
}

TEST_F(SealerTest, NothingMoreForAServerThatFails) {
  QueueSealed("c");
  Queue("b");
  destinations_.at("main").server().Failed(clock_.now);
  SealAll();
  EXPECT_EQ(Count("waiting"), 1);
}

TEST_F(SealerTest, AnEmergencyAtAnyTime) {
  QueueSealed("b");
  Queue("b", Priority::emergency);
  destinations_.at("main").server().Failed(clock_.now);
  destinations_.at("main").partner("b").Failed(clock_.now);
  SealAll();
  EXPECT_EQ(Count("waiting"), 0);
}

TEST_F(SealerTest, WhereNothingIsSealedSomethingMustBeToTryItWith) {
  Queue("b");
  destinations_.at("main").partner("b").Failed(clock_.now);
  SealAll();
  EXPECT_EQ(Count("waiting"), 0);
}

TEST_F(SealerTest, WhatGoesToAPartnerOrMailboxThatTheConfigurationLostWaits) {
  for (int i = 0; i < 3; ++i) Queue("gone");
  Queue("gone", Priority::emergency);
  Queue("b", Priority::normal, "closed");
  SealAll();
  EXPECT_EQ(Count("waiting"), 5);
  EXPECT_TRUE(ledger_->seal_queue.Claim(9, clock_.now, Milliseconds(1000))->empty());
  clock_.now += kWhileStranded;
  EXPECT_EQ(ledger_->seal_queue.Claim(9, clock_.now, Milliseconds(1000))->size(), 5U);
}

}  // namespace
}  // namespace gateway::outbound
