#include "operations/quarantine.h"

#include "operations/release_quarantined.h"
#include "operations_fixture.h"
#include "support/set_clock.h"

namespace gateway::operations {
namespace {

using ledger::At;
using ledger::Must;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class QuarantineTest : public OperationsTest {
 protected:
  // A mail of a stranger; returns the key of its file.
  std::string Quarantine(std::uint32_t uid, const std::string& sender, const std::string& partner = {}) {
    ledger::NewMail mail = ledger::MakeMail(uid);
    mail.spool_key = Keep(spool::Kind::mail);
    const std::int64_t id = Must(ledger->fetched_mails.Add(mail)).mail;
    ledger::MailFacts facts;
    facts.sender = sender;
    facts.partner = partner;
    EXPECT_TRUE(ledger->open_queue.RecordQuarantined(id, facts, Corrupt("stranger"), At(uid)));
    return mail.spool_key;
  }
  std::vector<std::string> Find(const QuarantineFilter& filter, Time now = At(1000)) {
    std::vector<std::string> ids;
    for (const ledger::QuarantineItem& item : Must(FindQuarantined(Context(), filter, now))) {
      ids.push_back(Format(item.id));
    }
    return ids;
  }
  std::vector<ledger::QuarantineItem> All() { return Must(FindQuarantined(Context(), {}, At(1000))); }
};

TEST_F(QuarantineTest, FindsWhatFitsEveryWord) {
  Quarantine(1, "who@x.example");
  Quarantine(2, "Who@y.example");
  Quarantine(3, "tele@b.example", "b");
  EXPECT_THAT(Find({}), ElementsAre("R1", "R2", "R3"));
  EXPECT_THAT(Find({.sender = "who@Y.example"}), ElementsAre("R2"));
  EXPECT_THAT(Find({.sender = "@x.example"}), ElementsAre("R1"));
  EXPECT_THAT(Find({.partner = "b"}), ElementsAre("R3"));
  EXPECT_THAT(Find({.partner = "who@x.example"}), ElementsAre("R1"));
  EXPECT_THAT(Find({.reason = "stranger", .older_than = Milliseconds(8000)}, At(10)), ElementsAre("R1", "R2"));
  EXPECT_THAT(Find({.reason = "bad-signature"}), IsEmpty());
}

TEST_F(QuarantineTest, DropRemovesTheFiles) {
  const std::string key = Quarantine(1, "who@x.example");
  const auto items = All();
  const Dropped dropped = Must(DropQuarantined(Context(), items, "R1", At(1000)));
  EXPECT_EQ(dropped.items, 1u);
  EXPECT_THAT(dropped.not_removed, IsEmpty());
  EXPECT_FALSE(IsThere(spool::Kind::mail, key));
  EXPECT_EQ(Must(DropQuarantined(Context(), items, "R1", At(1000))).items, 0u);
}

TEST_F(QuarantineTest, ExportCopiesTheFile) {
  const std::string key = Quarantine(1, "who@x.example");
  const Exported exported = ExportQuarantined(Context(), All().at(0), directory.path());
  EXPECT_FALSE(exported.error);
  EXPECT_THAT(exported.copies, ElementsAre(directory.path() / "R1.eml"));
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "R1.eml"));
  EXPECT_TRUE(IsThere(spool::Kind::mail, key));
  EXPECT_TRUE(ExportQuarantined(Context(), All().at(0), directory.path() / "nowhere").error);
}

TEST_F(QuarantineTest, OnlyAKeptDocumentCanBeDone) {
  ledger::OpenedMail opened = ledger::MakeOpened(Must(ledger->fetched_mails.Add(ledger::MakeMail(1))).mail);
  const std::string key = Keep(spool::Kind::document);
  opened.documents = {{"application/pdf", "a.pdf", "", key, 500, "hash-a"}};
  opened.document_deadline = At(200);
  ASSERT_TRUE(ledger->opened_mails.Record(opened, At(100)));
  ASSERT_TRUE(ledger->documents.RecordKept(1, Corrupt("document-not-convertible"), At(300)));
  const auto items = All();
  ASSERT_THAT(items, SizeIs(1));
  EXPECT_TRUE(Must(FinishKept(Context(), items[0], At(310))));
  EXPECT_FALSE(IsThere(spool::Kind::document, key));
  EXPECT_FALSE(Must(FinishKept(Context(), items[0], At(311))));
  Quarantine(2, "who@x.example");
  EXPECT_FALSE(Must(FinishKept(Context(), All().at(0), At(312))));
}

TEST_F(QuarantineTest, AReleasedMailIsOpenedAgainOnce) {
  Quarantine(1, "who@x.example");
  const auto items = All();
  EXPECT_EQ(Must(ReleaseQuarantined(Context(), items.at(0), {}, At(500))), Released::yes);
  EXPECT_EQ(Must(ReleaseQuarantined(Context(), items.at(0), {}, At(501))), Released::not_in_quarantine);
  EXPECT_THAT(Must(ledger->open_queue.Claim(9, At(502), ledger::kLease)), SizeIs(1));
}

TEST_F(QuarantineTest, OneThatCannotBeReleasedDoesNotStopTheOthers) {
  Quarantine(1, "who@x.example");
  Quarantine(2, "who@x.example");
  std::vector<ledger::QuarantineItem> items = All();
  items.emplace(items.begin())->id = {ItemKind::instance, 7};  // its file is gone
  const ReleasedItems released = ReleaseAllQuarantined(Context(), items, {}, SetClock());
  EXPECT_EQ(released.items, 2u);
  ASSERT_THAT(released.not_released, SizeIs(1));
  EXPECT_EQ(released.not_released[0].first, items[0].id);
  EXPECT_EQ(Must(released.not_released[0].second), Released::file_gone);
  items.erase(items.begin());
  EXPECT_EQ(ReleaseAllQuarantined(Context(), items, {}, SetClock()).items, 0u);
}

TEST_F(QuarantineTest, AMailOfARenamedMailboxIsNotReleased) {
  Quarantine(1, "who@x.example");
  settings.mailboxes[0].name = "primary";
  const ledger::Decided<Released> released = ReleaseQuarantined(Context(), All().at(0), {}, At(500));
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().code, "destination-not-configured");
  ASSERT_NE(released.error().refusal(), nullptr);
  EXPECT_EQ(released.error().refusal()->destination,
            (ledger::DestinationName{ledger::DestinationKind::mailbox, "main"}));
  EXPECT_THAT(All(), SizeIs(1));
}

TEST_F(QuarantineTest, AReleasedDocumentWaitsAsLongAsAtFirst) {
  ledger::OpenedMail opened = ledger::MakeOpened(Must(ledger->fetched_mails.Add(ledger::MakeMail(1))).mail);
  opened.documents = {{"application/pdf", "a.pdf", "", "doc-a", 500, "hash-a"}};
  opened.document_deadline = At(200);
  ASSERT_TRUE(ledger->opened_mails.Record(opened, At(100)));
  ASSERT_TRUE(ledger->documents.RecordKept(1, Corrupt("document-not-convertible"), At(300)));
  settings.reception.document_timeout = Milliseconds(60'000);
  ASSERT_EQ(Must(ReleaseQuarantined(Context(), All().at(0), {}, At(400))), Released::yes);
  const auto details = std::get<ledger::DocumentDetails>(Must(operators->Show({ItemKind::document, 1})).value());
  EXPECT_EQ(details.waits_until, At(460));
}

TEST_F(QuarantineTest, AnInstanceWithoutItsFileCannotBeRoutedAgain) {
  ledger::QuarantineItem item;
  item.id = {ItemKind::instance, 1};
  EXPECT_EQ(Must(ReleaseQuarantined(Context(), item, {}, At(1))), Released::file_gone);
  EXPECT_TRUE(ExportQuarantined(Context(), item, directory.path()).file_gone);
}

}  // namespace
}  // namespace gateway::operations
