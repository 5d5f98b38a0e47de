#include "daemon/deadlines.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/random_text.h"
#include "ledger/operator_ledger.h"
#include "ledger/quarantine_ledger.h"
#include "support/errors.h"
#include "support/ledger_subjects.h"
#include "support/set_clock.h"
#include "support/state_counts.h"

namespace gateway::daemon {
namespace {

class DeadlinesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(directory_);
    database_ = *ledger::Database::Open(directory_ / "ledger.db", ledger::OpenMode::create);
    ledger_.emplace(*database_);
    settings_.receipts.overdue_after = Milliseconds(10'000);
    settings_.reception.set_overdue_after = Milliseconds(10'000);
    settings_.reception.fragments_expire_after = Milliseconds(10'000);
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Send(ReceiptMode receipt_asked) {
    ledger::NewInstance instance;
    instance.header.sop_instance_uid = "1.2.3";
    instance.header.study_instance_uid = "1.2";
    instance.spool_key = "instance";
    ASSERT_TRUE(
        ledger_->intake.AddInstance(instance, {{"b", "main", "rule", Priority::normal, Bundling::instance, "set.1"}}));
    const std::int64_t message = ledger_->seal_queue.Claim(1, clock_.now, Milliseconds(1000))->at(0).id;
    ledger::SealedMessage sealed;
    sealed.spool_key = "message";
    sealed.message_id = "sent@a.example";
    sealed.receipt_asked = receipt_asked;
    ASSERT_TRUE(ledger_->seal_queue.RecordSealed(message, sealed));
    ASSERT_EQ(ledger_->send_queue.Claim("main", 1, clock_.now, Milliseconds(1000))->size(), 1U);
    ASSERT_TRUE(ledger_->send_queue.RecordSent(message, sealed.message_id, "250 ok", clock_.now));
  }
  std::int64_t Fetch() {
    ++mails_;
    return ledger_->fetched_mails
        .Add({"main", "1:" + std::to_string(mails_), "mail" + std::to_string(mails_), 7, "hash", clock_.now})
        ->mail;
  }
  void ReceivePart(std::uint32_t part) {
    ledger::OpenedMail mail;
    mail.mail = Fetch();
    mail.facts.partner = "b";
    mail.facts.set = TelemedicineSet{"set.1", part, 2};
    ledger::NewReceivedInstance instance;
    instance.header.sop_instance_uid = "1.2." + std::to_string(part);
    instance.header.study_instance_uid = "1.2";
    instance.spool_key = "part" + std::to_string(part);
    mail.instances.push_back(instance);
    ASSERT_TRUE(ledger_->opened_mails.Record(mail, clock_.now));
  }
  void After(std::int64_t milliseconds) {
    clock_.now += Milliseconds(milliseconds);
    Deadlines deadlines(settings_.receipts, settings_.reception, settings_.retry, *database_, clock_);
    (void)deadlines.Step({});
  }
  std::int64_t Count(const std::string& kind, const std::string& state) {
    return ledger::CountIn(*ledger::OperatorLedger(*database_).GetStatus(), kind, state);
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("deadlines-" + RandomHex(8));
  std::unique_ptr<ledger::Database> database_;
  std::optional<ledger::Subjects> ledger_;
  struct {
    ReceiptSettings receipts;
    ReceptionSettings reception;
    RetrySettings retry;
  } settings_;
  SetClock clock_;
  std::uint32_t mails_ = 0;
};

TEST_F(DeadlinesTest, ReceiptIsOverdueAfterItsTime) {
  Send(ReceiptMode::mdn);
  After(9'000);
  EXPECT_EQ(Count("messages", "sent"), 1);
  After(2'000);
  EXPECT_EQ(Count("messages", "overdue"), 1);
  EXPECT_EQ(Count("shipments", "overdue"), 1);
}

TEST_F(DeadlinesTest, ReceiptThatWasNotAskedForIsNeverOverdue) {
  Send(ReceiptMode::none);
  After(1'000'000);
  EXPECT_EQ(Count("messages", "sent"), 1);
}

TEST_F(DeadlinesTest, SetWithAGapIsOverdueAfterItsTime) {
  ReceivePart(2);
  After(9'000);
  EXPECT_EQ(Count("sets", "incomplete"), 1);
  After(2'000);
  EXPECT_EQ(Count("sets", "overdue"), 1);
  ReceivePart(1);
  EXPECT_EQ(Count("sets", "complete"), 1);
}

TEST_F(DeadlinesTest, FragmentsWithoutTheRestGoToQuarantine) {
  ledger::MailFacts facts;
  facts.sender = "tele@b.example";
  facts.partner = "b";
  ASSERT_TRUE(ledger_->fragments.Record(Fetch(), facts, {"id", 1, 2}, clock_.now));
  After(9'000);
  EXPECT_EQ(Count("mails", "fragment"), 1);
  clock_.steady_for = Milliseconds(9'999);  // it may be the clock alone that says so
  After(2'000);
  EXPECT_EQ(Count("mails", "fragment"), 1);
  clock_.steady_for = Milliseconds(10'000);
  After(0);
  EXPECT_EQ(Count("mails", "quarantined"), 1);
  EXPECT_EQ(ledger::QuarantineLedger(*database_).Items()->at(0).reason, "fragments-expired");
}

TEST_F(DeadlinesTest, TooManyFragmentsInOnePartnersNameGoToQuarantine) {
  settings_.reception.fragments.messages = 2;
  ledger::MailFacts facts;
  facts.sender = "tele@b.example";
  facts.partner = "b";
  for (const std::string id : {"1", "2", "3"}) {
    ASSERT_TRUE(ledger_->fragments.Record(Fetch(), facts, {id, 1, 2}, clock_.now));
  }
  After(0);
  EXPECT_EQ(Count("mails", "fragment"), 2);
  EXPECT_EQ(ledger::QuarantineLedger(*database_).Items()->at(0).reason, "fragments-displaced");
}

TEST_F(DeadlinesTest, AClockThatIsSetBackFreezesNothing) {
  Deadlines deadlines(settings_.receipts, settings_.reception, settings_.retry, *database_, clock_);
  ASSERT_EQ(deadlines.Step({}).count(), 10'000);
  ledger::NewInstance instance;
  instance.header.sop_instance_uid = "1.2.9";
  instance.header.study_instance_uid = "1.2";
  instance.spool_key = "instance";
  instance.received = clock_.now;
  ASSERT_TRUE(
      ledger_->intake.AddInstance(instance, {{"b", "main", "rule", Priority::normal, Bundling::instance, "set.9"}}));
  const std::int64_t message = ledger_->seal_queue.Claim(1, clock_.now, Milliseconds(1000))->at(0).id;
  ASSERT_TRUE(ledger_->seal_queue.RecordFailure(message, Transient("x"), clock_.now + settings_.retry.max));
  clock_.now -= std::chrono::hours(24);
  EXPECT_TRUE(ledger_->seal_queue.Claim(1, clock_.now, Milliseconds(1000))->empty());
  ASSERT_EQ(deadlines.Step({}).count(), 10'000);
  EXPECT_EQ(ledger_->seal_queue.Claim(1, clock_.now, Milliseconds(1000))->size(), 1U);
}

TEST_F(DeadlinesTest, ANextTryThatIsDueInTimeStaysAsItIs) {
  Deadlines deadlines(settings_.receipts, settings_.reception, settings_.retry, *database_, clock_);
  const std::int64_t mail = Fetch();
  ASSERT_TRUE(ledger_->open_queue.RecordFailure(mail, Transient("x"), clock_.now + settings_.retry.max));
  ASSERT_EQ(deadlines.Step({}).count(), 10'000);
  EXPECT_TRUE(ledger_->open_queue.Claim(1, clock_.now, Milliseconds(1000))->empty());
  // Set back while nobody ran: a start looks as well.
  clock_.now -= std::chrono::hours(24);
  ASSERT_EQ(Deadlines(settings_.receipts, settings_.reception, settings_.retry, *database_, clock_).Step({}).count(),
            10'000);
  EXPECT_EQ(ledger_->open_queue.Claim(1, clock_.now, Milliseconds(1000))->size(), 1U);
}

}  // namespace
}  // namespace gateway::daemon
