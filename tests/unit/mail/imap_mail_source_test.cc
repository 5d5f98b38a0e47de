// The text identities of an IMAP account, on a real server.
#include "mail/imap_mail_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "mail/error_codes.h"
#include "mail_servers.h"

namespace gateway::mail::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ImapMailSourceTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Doveadm("expunge -u " + UserB() + " mailbox INBOX ALL")); }
  Listing List() {
    const Result<Listing> listing = source_->List();
    EXPECT_TRUE(listing);
    return listing ? *listing : Listing();
  }
  std::string Fetched(const std::string& mail) {
    StringSink sink;
    const Result<FetchedMail> fetched = source_->Fetch(mail, sink, 1U << 30);
    return fetched ? sink.text() : fetched.error().code;
  }
  // Gives the folder another UIDVALIDITY, as a server does that was set up anew.
  static bool NumberAnew(const std::string& uid_validity) {
    return Doveadm("mailbox update -u " + UserB() + " --uid-validity " + uid_validity + " INBOX");
  }
  // The mail's UID under another UIDVALIDITY than the mail's own.
  static std::string OfOtherScope(const std::string& mail) { return "7" + mail; }

  [[nodiscard]] MailboxSettings Mailbox() const {
    MailboxSettings mailbox;
    mailbox.imap = Imap(directory_);
    return mailbox;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<MailSource> source_ = MakeMailSource(Mailbox());
};

TEST_F(ImapMailSourceTest, ListsTheOldestFirstAndOnlyTheNewerOnesAfterwards) {
  EXPECT_THAT(List().mails, IsEmpty());
  Deliver(Mail("one\r\n"));
  const Result<Listing> first = source_->ListNewer();
  ASSERT_TRUE(first);
  ASSERT_THAT(first->mails, SizeIs(1));
  Deliver(Mail("two\r\n"));
  const Result<Listing> second = source_->ListNewer();
  ASSERT_TRUE(second);
  ASSERT_THAT(second->mails, SizeIs(1));
  EXPECT_THAT(source_->ListNewer()->mails, IsEmpty());
  const Listing all = List();
  EXPECT_THAT(all.mails, ElementsAre(first->mails[0], second->mails[0]));
  EXPECT_THAT(all.mails[0], StartsWith(all.scope));
  EXPECT_EQ(ShownIdentity(all.mails[0]), all.mails[0].substr(all.scope.size()));
  EXPECT_THAT(Fetched(all.mails[0]), ::testing::EndsWith("one\r\n"));
  EXPECT_THAT(Fetched(all.mails[1]), ::testing::EndsWith("two\r\n"));
}

TEST_F(ImapMailSourceTest, TellsPrioritiesInTheOrderOfTheQuestion) {
  for (const char* field : {"Priority: urgent\r\n", "", "Priority: non-urgent\r\n"}) Deliver(field + Mail("text\r\n"));
  const std::vector<std::string> mails = List().mails;
  ASSERT_THAT(mails, SizeIs(3));
  const auto marked = source_->WithPriorities({mails[2], mails[0], mails[1]});
  ASSERT_TRUE(marked);
  const auto is = [](const std::string& mail, Priority priority) {
    return AllOf(Field(&MarkedMail::identity, mail), Field(&MarkedMail::priority, priority));
  };
  EXPECT_THAT(*marked, ElementsAre(is(mails[2], Priority::bulk), is(mails[0], Priority::emergency),
                                   is(mails[1], Priority::normal)));
}

TEST_F(ImapMailSourceTest, RemovesAndTellsWhatWasGone) {
  for (int i = 0; i < 3; ++i) Deliver(Mail("text\r\n"));
  const std::vector<std::string> mails = List().mails;
  ASSERT_THAT(mails, SizeIs(3));
  EXPECT_THAT(*source_->Remove({mails[0]}), IsEmpty());
  EXPECT_THAT(*source_->Remove({mails[2], mails[0]}), ElementsAre(mails[0]));
  EXPECT_THAT(List().mails, ElementsAre(mails[1]));
}

TEST_F(ImapMailSourceTest, TouchesNoMailOfAnotherUidValidity) {
  Deliver(Mail("one\r\n"));
  const std::vector<std::string> mails = List().mails;
  ASSERT_THAT(mails, SizeIs(1));
  for (const std::string& foreign : {OfOtherScope(mails[0]), std::string("7:"), std::string(":1"), std::string("1:0"),
                                     std::string("1:1x"), std::string("a-uidl"), std::string()}) {
    EXPECT_EQ(source_->Remove({mails[0], foreign}).error().code, "imap-gone") << foreign;
    EXPECT_EQ(source_->Move({mails[0], foreign}, "Elsewhere").error().code, "imap-gone") << foreign;
  }
  EXPECT_THAT(List().mails, ElementsAre(mails[0]));
}

TEST_F(ImapMailSourceTest, AFolderThatIsNumberedAnewHasAnotherScope) {
  Deliver(Mail("one\r\n"));
  const Listing before = List();
  ASSERT_THAT(before.mails, SizeIs(1));
  ASSERT_TRUE(NumberAnew("2000000011"));
  ASSERT_TRUE(Kick());
  EXPECT_EQ(Fetched(before.mails[0]), "imap-gone");
  EXPECT_EQ(source_->ListNewer().error().code, "imap-gone");
  EXPECT_EQ(source_->Remove(before.mails).error().code, "imap-gone");
  const Listing after = List();
  EXPECT_EQ(after.scope, "2000000011:");
  ASSERT_THAT(after.mails, SizeIs(1));
  EXPECT_THAT(Fetched(after.mails[0]), ::testing::EndsWith("one\r\n"));
}

TEST_F(ImapMailSourceTest, NamesItsFolders) {
  ImapSettings settings = Imap(directory_);
  settings.folder = "inbox";
  settings.more_folders = {"Junk", "Inbox.Sub"};
  EXPECT_THAT(ImapMailSource(settings).Folders(), ElementsAre("INBOX", "Junk", "Inbox.Sub"));
}

TEST_F(ImapMailSourceTest, SaysInNeutralWordsWhatItsErrorsMean) {
  using enum SourceFailure;
  for (const ErrorCode& code : codes::kOfMail) {
    const SourceFailure failure = source_->FailureOf(Transient(code));
    const bool of_imap = code.name.starts_with("imap-") || Is(code.name, codes::kInterrupted);
    EXPECT_EQ(failure != none_of_server, of_imap) << code.name;
  }
  for (const SourceFailure failure : {gone, refused, too_large, no_room, no_data, stand_in, login_refused,
                                      connection_lost, unreachable, interrupted}) {
    const Error error = source_->ErrorOf(failure, "detail");
    EXPECT_EQ(source_->FailureOf(error), failure) << error.code;
    EXPECT_EQ(error.fault, Fault::transient);
    EXPECT_EQ(error.detail, "detail");
  }
  EXPECT_EQ(source_->ErrorOf(no_room, "").code, "imap-no-room");
  EXPECT_EQ(source_->ErrorOf(stand_in, "").code, "imap-stand-in");
  EXPECT_EQ(source_->FailureOf(Transient(codes::kImapTimeout)), unreachable);
  EXPECT_EQ(source_->FailureOf(ErrorNamed(Fault::transient, "disk-full")), none_of_server);
}

TEST_F(ImapMailSourceTest, TellsNewsUnlessTheSettingsForbidIt) {
  EXPECT_TRUE(source_->tells_news());
  MailboxSettings mailbox = Mailbox();
  mailbox.imap.idle = false;
  EXPECT_FALSE(MakeMailSource(mailbox)->tells_news());
}

TEST(ShownIdentityTest, IsTheUidOrAllOfAForeignText) {
  EXPECT_EQ(ShownIdentity("1700000000:42"), "42");
  EXPECT_EQ(ShownIdentity("whqtswO00WBw418f9t5JxYwZ"), "whqtswO00WBw418f9t5JxYwZ");
  EXPECT_EQ(ShownIdentity("a:42"), "a:42");
  EXPECT_EQ(ShownIdentity(""), "");
}

}  // namespace
}  // namespace gateway::mail::test
