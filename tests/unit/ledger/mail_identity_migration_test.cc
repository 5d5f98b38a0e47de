// A ledger of version 5 knew mails by UIDVALIDITY and UID. The mails that it has on the server are
// still known by the text of version 6: they are not fetched twice, and they leave the server.
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "reception_fixture.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As version 5 wrote them: an opened mail and two in quarantine are on the server, one was removed,
// and one has the highest numbers that a server may give. The last two have no UID: one stands for
// fragments, and one lost its UID to another mail.
constexpr const char* kMails =
    "INSERT INTO mail (state, mailbox, folder, uid_validity, uid, on_server, spool_key, size, sha256, fetched, "
    "finished, joined) VALUES "
    "('opened', 'main', 'INBOX', 7, 1, 1, 'mail-1', 5000, 'sha-1', 1000, 1001, 0), "
    "('quarantined', 'main', 'INBOX', 7, 2, 1, 'mail-2', 5000, 'sha-2', 1000, 1001, 0), "
    "('quarantined', 'main', 'Junk', 7, 1, 1, 'mail-3', 5000, 'sha-3', 1000, 1001, 0), "
    "('opened', 'main', 'INBOX', 7, 3, 0, 'mail-4', 5000, 'sha-4', 1000, 1001, 0), "
    "('fetched', 'main', 'INBOX', 4294967295, 4294967295, 1, 'mail-5', 5000, 'sha-5', 1000, NULL, 0), "
    "('opened', 'main', '', NULL, NULL, 0, NULL, 5000, 'sha-6', 1000, 1001, 1), "
    "('opened', 'main', 'INBOX', 7, NULL, 0, NULL, 5000, 'sha-7', 1000, 1001, 0)";

class MailIdentityMigrationTest : public ReceptionTest {
 protected:
  MailIdentityMigrationTest() {
    database.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
    {
      Session session(file());
      dialect::SetUpNew(session);
      session.Execute("BEGIN");
      dialect::MarkAsLedger(session);
      Migrate(session, std::span(Migrations()).first(5), At(0));
      session.Execute(kMails);
      session.Execute("COMMIT");
    }
    Reopen();
  }
  std::vector<std::string> There(const std::string& scope = "7:", const std::string& folder = "INBOX") {
    std::vector<std::string> identities;
    for (const KnownMail& known : Must(ledger->fetched_mails.OnServer({"main", folder}, scope))) {
      identities.push_back(known.identity);
    }
    return identities;
  }
  AddedMail FetchAgain(const std::string& identity, const std::string& sha256) {
    NewMail again = MakeMail(1);
    again.folder = "INBOX";
    again.identity = identity;
    again.sha256 = sha256;
    return Must(ledger->fetched_mails.Add(again));
  }
};

TEST_F(MailIdentityMigrationTest, KnowsTheMailsOnTheServer) {
  EXPECT_THAT(There(), ElementsAre("7:1", "7:2"));
  EXPECT_THAT(There("7:", "Junk"), ElementsAre("7:1"));
  EXPECT_THAT(There("4294967295:"), ElementsAre("4294967295:4294967295"));
  EXPECT_THAT(There("8:"), IsEmpty());
  EXPECT_EQ(Must(ledger->fetched_mails.OnServer({"main", "INBOX"}, "7:")).at(0).understood, Understood::yes);
}

TEST_F(MailIdentityMigrationTest, FetchesNoneTwice) {
  const AddedMail first = FetchAgain("7:1", "sha-1");
  EXPECT_TRUE(first.known);
  EXPECT_EQ(first.mail, 1);
  const AddedMail removed = FetchAgain("7:3", "sha-4");
  EXPECT_TRUE(removed.known);
  EXPECT_EQ(removed.mail, 4);
  EXPECT_FALSE(FetchAgain("7:2", "another mail under its UID").known);
  EXPECT_FALSE(FetchAgain("8:1", "sha-1").known);
}

TEST_F(MailIdentityMigrationTest, LetsThemLeaveTheServer) {
  ASSERT_TRUE(ledger->fetched_mails.RecordRemoved({"main", "INBOX"}, {"7:1"}));
  EXPECT_THAT(There(), ElementsAre("7:2"));
  EXPECT_THAT(There("7:", "Junk"), ElementsAre("7:1"));
}

TEST_F(MailIdentityMigrationTest, GoesOnWithWhatWasFetched) {
  const std::vector<MailToOpen> fetched = Must(ledger->open_queue.Claim(9, At(60), kLease));
  ASSERT_EQ(fetched.size(), 1U);
  EXPECT_EQ(fetched.at(0).identity, "4294967295:4294967295");
  EXPECT_EQ(fetched.at(0).spool_keys, std::vector<std::string>{"mail-5"});
}

TEST_F(MailIdentityMigrationTest, LeavesNothingThatLooksDamaged) {
  Session session(file());
  EXPECT_EQ(FindDamage(session), "");
}

}  // namespace
}  // namespace gateway::ledger
