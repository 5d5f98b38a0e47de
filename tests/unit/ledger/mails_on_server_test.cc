// What of the mails that we hold may leave the server.
#include "inbound/junk_reasons.h"
#include "ledger/care/junk.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MailsOnServerTest : public ReceptionTest {
 protected:
  std::int64_t Add(std::uint32_t uid, std::optional<std::uint64_t> named, const std::string& folder = "INBOX") {
    NewMail mail = MakeMail(uid);
    mail.folder = folder;
    mail.size = 100;
    mail.named_size = named;
    return Must(ledger->fetched_mails.Add(mail)).mail;
  }
  std::vector<KnownMail> There(const std::string& folder = "INBOX") {
    return Must(ledger->fetched_mails.OnServer({"main", folder}, "7:"));
  }
  void Quarantine(std::int64_t mail, const std::string& code = "bad-signature") {
    ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, {}, Corrupt(code), At(60)));
  }
};

TEST_F(MailsOnServerTest, TwoFoldersMayHaveTheSameUidsAndUidValidity) {
  const std::int64_t first = Add(1, 100, "INBOX");
  const std::int64_t second = Add(1, 100, "Junk");
  EXPECT_NE(first, second);
  ASSERT_TRUE(ledger->fetched_mails.RecordRemoved({"main", "Junk"}, {IdentityOf(1)}));
  EXPECT_EQ(There().size(), 1U);
  EXPECT_THAT(There("Junk"), IsEmpty());
}

TEST_F(MailsOnServerTest, AnIdentityMayBeAnyText) {
  NewMail mail = MakeMail(1);
  mail.folder = "Pop";
  mail.identity = "whqtswO00WBw418f9t5JxYwZ:%_'";
  EXPECT_FALSE(Must(ledger->fetched_mails.Add(mail)).known);
  EXPECT_TRUE(Must(ledger->fetched_mails.Add(mail)).known);
  // A source whose server never numbers its mails anew has an empty scope.
  EXPECT_EQ(Must(ledger->fetched_mails.OnServer({"main", "Pop"}, "")).at(0).identity, mail.identity);
  EXPECT_EQ(Must(ledger->open_queue.Claim(9, At(60), Milliseconds(1000))).at(0).identity, mail.identity);
  ASSERT_TRUE(ledger->fetched_mails.RecordRemoved({"main", "Pop"}, {mail.identity}));
  EXPECT_THAT(Must(ledger->fetched_mails.OnServer({"main", "Pop"}, "")), IsEmpty());
}

TEST_F(MailsOnServerTest, AScopeIsTheBeginningOfAnIdentityAndNoPattern) {
  for (const char* identity : {"7:1", "71:1", "7_:1"}) {
    NewMail mail = MakeMail(1);
    mail.folder = "INBOX";
    mail.identity = identity;
    ASSERT_TRUE(ledger->fetched_mails.Add(mail));
  }
  EXPECT_THAT(There(), testing::SizeIs(1));
  EXPECT_THAT(Must(ledger->fetched_mails.OnServer({"main", "INBOX"}, "7_:")), testing::SizeIs(1));
  EXPECT_THAT(Must(ledger->fetched_mails.OnServer({"main", "INBOX"}, "7%")), IsEmpty());
}

TEST_F(MailsOnServerTest, AnOlderVersionsMailsAreOfTheFirstFolder) {
  const AddedMail old = Must(ledger->fetched_mails.Add(MakeMail(1)));
  ASSERT_TRUE(ledger->fetched_mails.AdoptFolder("main", "INBOX"));
  EXPECT_EQ(There().at(0).mail, old.mail);
  NewMail again = MakeMail(1);
  again.folder = "INBOX";
  EXPECT_TRUE(Must(ledger->fetched_mails.Add(again)).known);
}

// The daemon may start under the mailbox's new name before a person gives the command `redirect`.
TEST_F(MailsOnServerTest, AMailOfARenamedMailboxIsKnownByItsBytes) {
  const std::int64_t opened = Add(1, 100);
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(opened, {MakeReceived("1")}), At(60)));
  EXPECT_THAT(Must(ledger->fetched_mails.FormerMailboxes({"main"})), IsEmpty());
  NewMail again = MakeMail(1);
  again.mailbox = "primary";
  again.folder = "INBOX";
  again.former_mailboxes = Must(ledger->fetched_mails.FormerMailboxes({"other", "primary"}));
  EXPECT_THAT(again.former_mailboxes, ElementsAre("main"));
  const AddedMail known = Must(ledger->fetched_mails.Add(again));
  EXPECT_TRUE(known.known);
  EXPECT_EQ(known.mail, opened);
  EXPECT_EQ(Must(ledger->fetched_mails.OnServer({"primary", "INBOX"}, "7:")).at(0).understood, Understood::yes);
  EXPECT_THAT(There(), IsEmpty());
}

TEST_F(MailsOnServerTest, AMailOfAnotherAccountIsNoneOfTheFormerMailbox) {
  const std::int64_t opened = Add(1, 100);
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(opened, {MakeReceived("1")}), At(60)));
  NewMail other = MakeMail(1);
  other.mailbox = "primary";
  other.folder = "INBOX";
  other.sha256 = "another";
  other.spool_key = "another";
  other.former_mailboxes = {"main"};
  EXPECT_FALSE(Must(ledger->fetched_mails.Add(other)).known);
  EXPECT_EQ(There().at(0).mail, opened);
}

TEST_F(MailsOnServerTest, AMailThatWaitsUnderTheFormerNameStaysThereUntilItIsRedirected) {
  const std::int64_t waits = Add(1, 100);
  NewMail again = MakeMail(1);
  again.mailbox = "primary";
  again.folder = "INBOX";
  again.former_mailboxes = {"main"};
  EXPECT_FALSE(Must(ledger->fetched_mails.Add(again)).known);
  EXPECT_EQ(There().at(0).mail, waits);
}

TEST_F(MailsOnServerTest, AMailMayGoOnceItWasUnderstood) {
  const std::int64_t good = Add(1, 100);
  const std::int64_t bad = Add(2, 100);
  const std::int64_t answer = Add(3, 100);
  EXPECT_EQ(There().at(0).understood, Understood::not_yet);
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(good, {MakeReceived("1")}), At(60)));
  Quarantine(bad);
  Quarantine(answer, "automatic-answer");
  EXPECT_EQ(There().at(0).understood, Understood::yes);
  EXPECT_EQ(There().at(1).understood, Understood::no);
  EXPECT_EQ(There().at(2).understood, Understood::yes);
}

TEST_F(MailsOnServerTest, APersonsDropLetsItGo) {
  const std::int64_t bad = Add(1, 900);
  Quarantine(bad);
  EXPECT_FALSE(There().at(0).whole);
  ASSERT_TRUE(Must(operators->Drop({ItemKind::mail, bad}, At(70))));
  EXPECT_EQ(There().at(0).understood, Understood::yes);
}

TEST_F(MailsOnServerTest, WhatLeavesQuarantineForItsAgeStaysAsNotUnderstood) {
  const std::int64_t bad = Add(1, 100);
  MailFacts facts;
  facts.sender = "x@x.example";
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(bad, facts, Corrupt("stranger"), At(60)));
  ASSERT_EQ(Must(Junk(*database, {inbound::kOurFailures, inbound::kUnvouched})
                     .Bound("", {0, 0, Milliseconds(1000)}, true, 9, At(99)))
                .mails,
            1U);
  EXPECT_EQ(There().at(0).understood, Understood::no);
}

TEST_F(MailsOnServerTest, WhatIsReleasedAndWasNotWholeIsFetchedOnceMore) {
  const std::int64_t cut = Add(1, 900);
  Quarantine(cut);
  ASSERT_TRUE(Must(operators->ReleaseMail(cut, At(70))));
  EXPECT_THAT(There(), IsEmpty());
  NewMail whole = MakeMail(1);
  whole.folder = "INBOX";
  whole.sha256 = "of-the-whole";
  EXPECT_FALSE(Must(ledger->fetched_mails.Add(whole)).known);
}

TEST_F(MailsOnServerTest, AFragmentOfAnotherSizeWaitsForTheWholeMessage) {
  const std::int64_t first = Add(1, 900);
  const std::int64_t second = Add(2, 100);
  ASSERT_TRUE(ledger->fragments.Record(first, MakeFacts(), {"p", 1, 2}, At(60)));
  EXPECT_EQ(There().at(0).understood, Understood::not_yet);
  const FragmentOutcome joined = Must(ledger->fragments.Record(second, MakeFacts(), {"p", 2, 2}, At(61)));
  EXPECT_EQ(There().at(0).understood, Understood::not_yet);
  EXPECT_EQ(There().at(1).understood, Understood::yes);
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(*joined.joined, {MakeReceived("1")}), At(62)));
  EXPECT_EQ(There().at(0).understood, Understood::yes);
}

TEST_F(MailsOnServerTest, AStandInIsForgottenAndKnownWhenItComesAgain) {
  const std::int64_t words = Add(1, 9000);
  EXPECT_THAT(Must(ledger->open_queue.RecordStandIn(words, Transient("imap-stand-in"), At(60))), ElementsAre("mail-1"));
  EXPECT_THAT(There(), IsEmpty());
  NewMail again = MakeMail(1);
  again.folder = "INBOX";
  EXPECT_TRUE(Must(ledger->fetched_mails.Add(again)).stand_in);
  EXPECT_THAT(There(), IsEmpty());
  again.sha256 = "the mail at last";
  EXPECT_FALSE(Must(ledger->fetched_mails.Add(again)).known);
}

TEST_F(MailsOnServerTest, SlowMailsAreClaimedByThemselves) {
  const std::int64_t slow = Add(1, 100);
  const std::int64_t quick = Add(2, 100);
  ASSERT_TRUE(ledger->open_queue.RecordTurn(slow, Turn::slow));
  const std::vector<MailToOpen> first = Must(ledger->open_queue.Claim(9, At(60), Milliseconds(1000)));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first.at(0).id, quick);
  const std::vector<MailToOpen> then = Must(ledger->open_queue.Claim(9, At(60), Milliseconds(1000), true));
  ASSERT_EQ(then.size(), 1U);
  EXPECT_EQ(then.at(0).id, slow);
  EXPECT_EQ(then.at(0).tries, 0U);
}

TEST_F(MailsOnServerTest, AutomaticAnswersAreDroppedAfterTheirTime) {
  Quarantine(Add(1, 100), "automatic-answer");
  Quarantine(Add(2, 100));
  EXPECT_THAT(Must(ledger->file_retention.DropAutomaticAnswers(At(60), 9, At(70))), IsEmpty());
  EXPECT_THAT(Must(ledger->file_retention.DropAutomaticAnswers(At(61), 9, At(70))), ElementsAre("mail-1"));
  EXPECT_THAT(Must(ledger->file_retention.DropAutomaticAnswers(At(61), 9, At(70))), IsEmpty());
}

}  // namespace
}  // namespace gateway::ledger
