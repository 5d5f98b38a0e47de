// Changed copies on the way out: what is sealed, what a resend seals, and what a crash leaves.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/operator_acts.h"
#include "mime/mail_reader.h"
#include "openpgp/openpgp.h"
#include "outbound/sealer.h"
#include "pipeline_fixture.h"

namespace gateway::transform {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string Key(const std::string& name) {
  return std::string(TEST_DATA_DIR) + "/mails/keys/" + name + ".asc";
}

class SealingTest : public PipelineTest {
 protected:
  SealingTest() {
    partner_.name = "b";
    partner_.address = "b@b.example";
    partner_.mailbox = "main";
    partner_.key_file = Key("receiver-rsa.public");
    partner_.key_fingerprint = ring_.Add(ContentOf(Key("receiver-rsa.secret")))->at(0).fingerprint;
    EXPECT_TRUE(ring_.Unlock(partner_.key_fingerprint, ""));
    partner_.profile.inner_encoding = InnerEncoding::binary;
    MailboxSettings mailbox;
    mailbox.name = "main";
    mailbox.address = "a@a.example";
    // The files of a clone may be read by all, which the gateway refuses for a secret key.
    mailbox.key.file = directory / "secret.asc";
    EXPECT_TRUE(WriteFileDurably(mailbox.key.file, ContentOf(Key("receiver.secret"))));
    mailboxes_ = {mailbox};
    partners_ = {partner_};
    keys_ = *security::ReadKeys(mailboxes_, partners_);
    destinations_.try_emplace("main", FailurePolicy(retry_), partners_);
  }

  // Queues a message of one instance. Returns the file of the original.
  std::filesystem::path Queue(const std::string& rule) {
    const std::string uid = "1.2.3.4." + std::to_string(++queued_);
    const Kept kept = Keep(uid);
    EXPECT_TRUE(subjects->intake.AddInstance({kept.header, kept.key, "PACS", "TO_B", state->clock.Now()},
                                             {{"b", "main", rule, Priority::normal, Bundling::instance, "set" + uid}}));
    return state->spool->PathOf(spool::Kind::instance, kept.key);
  }
  void Seal(const Transform* with) {
    const outbound::OutboundSettings settings{.dicom = dicom_,
                                              .mailboxes = mailboxes_,
                                              .partners = partners_,
                                              .routes = routes_,
                                              .retry = retry_,
                                              .pacs = pacs_,
                                              .router = router_,
                                              .keys = keys_,
                                              .transform = with};
    outbound::Sealer sealer({.settings = settings, .around = state->surroundings()}, destinations_,
                            {.sealers = [] {}, .senders = [] {}});
    while (sealer.Step({}).count() == 0) {
    }
  }
  // Opens the sealed message as the partner does, and has it sent.
  std::string SendOne() {
    const ledger::MessageToSend message =
        subjects->send_queue.Claim("main", 1, state->clock.Now(), Milliseconds(60'000))->at(0);
    const UniqueFd fd = *OpenForReading(state->spool->PathOf(spool::Kind::message, message.sealed.spool_key));
    const std::unique_ptr<Source> body = *mime::OpenEncryptedBody(fd.get(), {});
    StringSink plain;
    EXPECT_TRUE(ring_.Open(*body, plain, 10'000'000));
    EXPECT_TRUE(subjects->send_queue.RecordSent(message.id, message.sealed.message_id, "250", state->clock.Now()));
    return plain.text();
  }
  void Resend(std::int64_t message) {
    ASSERT_EQ(subjects->shipments.Resend({ItemKind::message, message}, false, state->clock.Now())->messages, 1u);
  }

  DicomSettings dicom_;
  RouteSettings routes_;
  std::vector<PacsSettings> pacs_;
  RetrySettings retry_;
  const routing::Router router_ = *routing::Router::Create(routes_);
  PartnerSettings partner_;
  std::vector<MailboxSettings> mailboxes_;
  std::vector<PartnerSettings> partners_;
  security::Keys keys_;
  openpgp::Keyring ring_ = *openpgp::Keyring::Create();  // the partner's
  std::map<std::string, MailDestinations> destinations_;
  int queued_ = 0;
};

TEST_F(SealingTest, SealsTheCopyInPlaceOfTheOriginal) {
  const std::string original = ContentOf(Queue("edited"));
  Seal(&transform);
  ASSERT_THAT(Copies(), SizeIs(1));
  EXPECT_EQ(MarkOf(Copies()[0]), "edited 0");
  const std::string plain = SendOne();
  EXPECT_THAT(plain, HasSubstr(ContentOf(Copies()[0])));
  EXPECT_THAT(plain, Not(HasSubstr(original)));
}

TEST_F(SealingTest, ChangesOnlyWhatARuleAsksFor) {
  Queue("edited");
  const std::string original = ContentOf(Queue("plain"));
  Seal(&transform);
  EXPECT_EQ(transform.asked, 1);
  EXPECT_THAT(Copies(), SizeIs(1));
  SendOne();
  EXPECT_THAT(SendOne(), HasSubstr(original));
}

TEST_F(SealingTest, WhatAPersonSendsGoesAsItIsWhateverTheRulesAreCalled) {
  const std::string original = ContentOf(Queue("send"));
  Seal(&transform);
  EXPECT_EQ(transform.asked, 0);
  EXPECT_THAT(SendOne(), HasSubstr(original));
}

TEST_F(SealingTest, AResendUsesTheSameCopyWhateverTheRulesSayNow) {
  Queue("edited");
  Seal(&transform);
  const std::string copy = ContentOf(Copies().at(0));
  SendOne();
  for (const MarkingTransform::Answer answer :
       {MarkingTransform::Answer::mark, MarkingTransform::Answer::as_it_came, MarkingTransform::Answer::fail}) {
    transform.answer = answer;
    Resend(1);
    Seal(&transform);
    EXPECT_THAT(SendOne(), HasSubstr(copy));
  }
  Close();  // and the next daemon, whose configuration asks for nothing
  Open();
  Resend(1);
  Seal(nullptr);
  EXPECT_THAT(SendOne(), HasSubstr(copy));
  EXPECT_EQ(transform.asked, 1);
}

TEST_F(SealingTest, ACrashBeforeTheRecordLeavesAnOrphanThatTheStartRemoves) {
  Queue("edited");
  Close();
  const pid_t child = ::fork();
  if (child == 0) {
    Open();
    g_end_at_next_file = true;
    Seal(&transform);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 137);
  const auto spool = spool::Spool::View(gateway.state_dir);
  std::size_t left = 0;
  ASSERT_TRUE(spool->ForEach([&](const spool::Entry& entry) { left += entry.kind == spool::Kind::derived ? 1 : 0; }));
  ASSERT_EQ(left, 1u);
  Open();
  EXPECT_THAT(Copies(), IsEmpty());
  Seal(&transform);
  ASSERT_THAT(Copies(), SizeIs(1));
  EXPECT_THAT(SendOne(), HasSubstr(ContentOf(Copies()[0])));
}

TEST_F(SealingTest, CostsNothingWhereNoRuleAsks) {
  for (const Transform* with : {static_cast<const Transform*>(nullptr), static_cast<const Transform*>(&transform)}) {
    const std::string original = ContentOf(Queue("plain"));
    const int kept = g_files_kept;
    Seal(with);
    EXPECT_EQ(g_files_kept - kept, 1);  // the message itself
    EXPECT_THAT(SendOne(), HasSubstr(original));
  }
  EXPECT_EQ(transform.asked, 0);
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(SealingTest, WhatGoesAsItCameLeavesNoCopy) {
  const std::string original = ContentOf(Queue("edited"));
  transform.answer = MarkingTransform::Answer::as_it_came;
  Seal(&transform);
  EXPECT_EQ(transform.asked, 1);
  EXPECT_THAT(SendOne(), HasSubstr(original));
  EXPECT_THAT(Copies(), IsEmpty());
}

TEST_F(SealingTest, NothingLeavesUnchangedWhenTheChangeFails) {
  Queue("edited");
  transform.answer = MarkingTransform::Answer::fail;
  Seal(&transform);
  EXPECT_EQ(Count("messages", "failed"), 1);
  EXPECT_THAT(Copies(), IsEmpty());
  transform.answer = MarkingTransform::Answer::mark;
  ASSERT_TRUE(ledger::OperatorActs(*state->database).Retry({ItemKind::message, 1}, state->clock.Now()));
  Seal(&transform);
  ASSERT_THAT(Copies(), SizeIs(1));
  EXPECT_THAT(SendOne(), HasSubstr(ContentOf(Copies()[0])));
}

}  // namespace
}  // namespace gateway::transform
