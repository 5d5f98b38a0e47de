// Changed copies on the way in: what the PACS gets, at first and when it is delivered again. The
// PACS is a real storage SCP, on a port of this machine.
#include <gmock/gmock.h>

#include <mutex>

#include "dicom/storage_scp.h"
#include "inbound/deliverer.h"
#include "ledger/operator_acts.h"
#include "ledger/redeliveries.h"
#include "pipeline_fixture.h"

namespace gateway::transform {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Keeps what it is sent, in a directory.
class Pacs : public dicom::StorageHandler {
 public:
  explicit Pacs(std::filesystem::path directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    DicomSettings settings;
    settings.bind = "127.0.0.1";
    settings.port = 0;
    settings.callers = {{.ae_title = "DMGW", .host = "127.0.0.1"}};
    scp_ = *dicom::StorageScp::Start(settings, *this);
  }
  [[nodiscard]] bool KnowsCalledAe(const std::string&) const override { return true; }
  Result<std::filesystem::path> NewFile() override {
    const std::scoped_lock lock(mutex_);
    return directory_ / std::to_string(++files_);
  }
  Result<void> MayGrow() override { return {}; }
  Result<void> Store(const dicom::ReceivedInstance& instance) override {
    const std::scoped_lock lock(mutex_);
    marks_.push_back(MarkOf(instance.file));
    return {};
  }
  void Discard(const std::filesystem::path& file) override { (void)RemoveFile(file); }

  [[nodiscard]] PacsSettings Settings(const std::string& name) const {
    PacsSettings settings;
    settings.name = name;
    settings.ae_title = "PACS";
    settings.calling_ae_title = "DMGW";
    settings.host = "127.0.0.1";
    settings.port = scp_->port();
    return settings;
  }
  // The mark of each instance that came; empty for one without.
  [[nodiscard]] std::vector<std::string> marks() const {
    const std::scoped_lock lock(mutex_);
    return marks_;
  }

 private:
  const std::filesystem::path directory_;
  mutable std::mutex mutex_;  // guards the two below
  int files_ = 0;
  std::vector<std::string> marks_;
  std::unique_ptr<dicom::StorageScp> scp_;
};

class DeliveringTest : public PipelineTest {
 protected:
  // An instance that came by mail and goes to both PACS.
  void Receive(const std::string& uid) {
    const Kept kept = Keep(uid);
    ledger::NewMail mail;
    mail.mailbox = "main";
    mail.identity = std::to_string(++mails_);
    mail.spool_key = "mail" + std::to_string(mails_);
    mail.fetched = state->clock.Now();
    ledger::OpenedMail opened;
    opened.mail = subjects->fetched_mails.Add(mail)->mail;
    opened.facts.partner = "b";
    ledger::NewReceivedInstance instance;
    instance.header = kept.header;
    instance.spool_key = kept.key;
    instance.pacs = {"edited", "plain"};
    opened.instances = {instance};
    ASSERT_TRUE(subjects->opened_mails.Record(opened, state->clock.Now()));
  }
  void Deliver(const std::string& name, const Transform* with) {
    Destination destination{FailurePolicy(retry_)};
    const PacsSettings settings = pacs.Settings(name);
    const inbound::InboundSettings sections{.gateway = gateway,
                                            .pacs = none_,
                                            .mailboxes = mailboxes_,
                                            .partners = partners_,
                                            .routes = routes_,
                                            .receipts = receipts_,
                                            .reception = reception_,
                                            .retry = retry_,
                                            .router = router_,
                                            .keys = keys_,
                                            .transform = with};
    inbound::Deliverer deliverer({.settings = sections, .around = state->surroundings(), .open_worker = {}}, settings,
                                 destination, {.deliverers = [] {}, .receipt_senders = [] {}});
    while (deliverer.Step({}).count() == 0) {
    }
  }

  Pacs pacs{directory / "pacs"};
  // The deliverer needs `retry` only.
  std::vector<PacsSettings> none_;
  std::vector<MailboxSettings> mailboxes_;
  std::vector<PartnerSettings> partners_;
  RouteSettings routes_;
  ReceiptSettings receipts_;
  ReceptionSettings reception_;
  RetrySettings retry_;
  const routing::Router router_ = *routing::Router::Create(routes_);
  security::Keys keys_;
  std::uint32_t mails_ = 0;
};

TEST_F(DeliveringTest, ThePacsGetsTheCopyThatItsRuleAsksFor) {
  Receive("1.2.3.4.1");
  Deliver("edited", &transform);
  EXPECT_THAT(pacs.marks(), ElementsAre("edited 0"));
  Deliver("plain", &transform);
  EXPECT_THAT(pacs.marks(), ElementsAre("edited 0", ""));
  EXPECT_EQ(transform.asked, 1);
  EXPECT_THAT(Copies(), SizeIs(1));
  EXPECT_EQ(Count("instances_in", "stored"), 1);
}

TEST_F(DeliveringTest, ARedeliveryUsesTheSameCopyWhateverTheRulesSayNow) {
  Receive("1.2.3.4.1");
  Deliver("edited", &transform);
  transform.answer = MarkingTransform::Answer::as_it_came;
  ledger::Redelivery redelivery{ItemId{ItemKind::instance, 1}, {}, "edited", {{}, {"edited", "plain"}, {}}};
  for (const Transform* with : {static_cast<const Transform*>(&transform), static_cast<const Transform*>(nullptr)}) {
    ASSERT_EQ(ledger::Redeliveries(*state->database).Redeliver(redelivery, state->clock.Now())->deliveries, 1u);
    Deliver("edited", with);
  }
  EXPECT_THAT(pacs.marks(), ElementsAre("edited 0", "edited 0", "edited 0"));
  EXPECT_EQ(transform.asked, 1);
}

TEST_F(DeliveringTest, NothingIsDeliveredUnchangedWhenTheChangeFails) {
  Receive("1.2.3.4.1");
  Receive("1.2.3.4.2");
  transform.answer = MarkingTransform::Answer::fail;
  Deliver("edited", &transform);
  EXPECT_EQ(Count("deliveries", "failed"), 2);
  EXPECT_THAT(pacs.marks(), IsEmpty());
  EXPECT_THAT(Copies(), IsEmpty());
  transform.answer = MarkingTransform::Answer::mark;
  ASSERT_TRUE(ledger::OperatorActs(*state->database).Retry({ItemKind::delivery, 1}, state->clock.Now()));
  Deliver("edited", &transform);
  EXPECT_THAT(pacs.marks(), ElementsAre("edited 2"));
}

TEST_F(DeliveringTest, CostsNothingWhereNoRuleAsks) {
  Receive("1.2.3.4.1");
  const int kept = g_files_kept;
  Deliver("edited", nullptr);
  Deliver("plain", &transform);
  EXPECT_EQ(g_files_kept, kept);
  EXPECT_THAT(pacs.marks(), ElementsAre("", ""));
  EXPECT_EQ(transform.asked, 0);
}

}  // namespace
}  // namespace gateway::transform
