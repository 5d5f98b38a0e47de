// Each migration keeps all that a ledger of a released version holds, and its work goes on.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "ledger/care/consistency.h"
#include "ledger/operator_acts.h"
#include "ledger/operator_requests.h"
#include "old_ledgers.h"

namespace gateway::ledger {
namespace {

using testing::SizeIs;

class OldLedgerTest : public LedgerTest {
 protected:
  void Load(const std::string& name) {
    database.reset();
    LoadOldLedger(name, file());
  }
  std::int64_t Version() { return VersionOf(file()); }
  // `work` kills its process.
  template <typename Work>
  static void ExpectKilled(const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        work();
      } catch (...) {
        ::_exit(2);
      }
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
  void ExpectWhole() {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(0)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }
};

TEST_F(OldLedgerTest, TheFourthSchemaIsMigratedWithAllItHolds) {
  Load("schema-4.sql");
  EXPECT_EQ(Version(), 4);
  Reopen();
  EXPECT_EQ(Version(), Migrations().back().version);
  EXPECT_GT(Count("messages", "held"), 0);
  EXPECT_GT(Count("deliveries", "held"), 0);
  EXPECT_GT(Count("mails", "fragment"), 0);
  EXPECT_THAT(Must(OperatorActs(*database).HeldDestinations()), SizeIs(2));
  EXPECT_FALSE(Must(OperatorRequests(*database).Unlogged(1)).empty());
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  const Time later = FromUnixMilliseconds(4'000'000'000'000);
  const auto deliveries = Must(ledger->deliveries.Claim("main", 99, later, kLease));
  ASSERT_FALSE(deliveries.empty());
  EXPECT_EQ(deliveries.front().priority, Priority::emergency);
  ExpectWhole();
}

// Version 5 kept them in one column, between commas.
TEST_F(OldLedgerTest, TheReasonsThatAPersonOverruledAreKept) {
  Load("schema-4.sql");
  {
    Session session(file());
    Migrate(session, std::span(Migrations()).first(5), At(0));
    session.Execute("UPDATE mail SET pardoned = ''");
    session.Execute("UPDATE mail SET pardoned = ',replayed,,not-for-us,,replayed,' WHERE id = 1");
    session.Execute("UPDATE mail SET pardoned = ',,,stranger,' WHERE id = 2");
  }
  Reopen();
  Session session(file());
  const auto reasons = session.Rows<std::int64_t, std::string>("SELECT mail, code FROM overruled_reason ORDER BY 1, 2");
  EXPECT_THAT(reasons,
              testing::ElementsAre(std::tuple(1, "not-for-us"), std::tuple(1, "replayed"), std::tuple(2, "stranger")));
  ExpectWhole();
}

TEST_F(OldLedgerTest, TheThirdSchemaIsMigratedWithAllItHolds) {
  Load("schema-3.sql");
  EXPECT_EQ(Version(), 3);
  Reopen();
  EXPECT_GT(Count("messages", "cancelled"), 0);
  EXPECT_GT(Count("messages", "held"), 0);
  EXPECT_GT(Count("mails", "quarantined"), 0);
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  EXPECT_THAT(Must(ledger->open_queue.Claim(99, FromUnixMilliseconds(4'000'000'000'000), kLease)),
              SizeIs(static_cast<std::size_t>(Count("mails", "fetched"))));
  ExpectWhole();
}

TEST_F(OldLedgerTest, TheSecondSchemaIsMigratedWithAllItHolds) {
  Load("schema-2.sql");
  EXPECT_EQ(Database::Open(file(), OpenMode::existing).error().code, "ledger-older");
  EXPECT_EQ(Version(), 2);
  Reopen();
  EXPECT_EQ(Count("messages", "overdue"), 12);
  EXPECT_EQ(Count("mails", "quarantined"), 20);
  EXPECT_EQ(Count("messages", "held"), 0);
  ExpectWhole();
}

TEST_F(OldLedgerTest, TheFirstSchemaIsMigratedWithAllItHolds) {
  Load("schema-1.sql");
  EXPECT_EQ(Version(), 1);
  Reopen();
  EXPECT_GT(Count("messages", "sent"), 0);
  EXPECT_GT(Count("mails", "quarantined"), 0);
  EXPECT_GT(Count("deliveries", "stored"), 0);
  EXPECT_EQ(Count("receipts", "due"), 0);
  ExpectWhole();
}

// What is on its way goes on.
TEST_F(OldLedgerTest, TheSecondSchemasMessagesAreSentAfterwards) {
  Load("schema-2.sql");
  Reopen();
  ASSERT_TRUE(ledger->claims.UnclaimOutbound());
  const Time later = FromUnixMilliseconds(4'000'000'000'000);
  EXPECT_EQ(Must(ledger->send_queue.Claim("main", 99, later, kLease)).size(), 3u);
  EXPECT_EQ(Must(ledger->seal_queue.Claim(99, later, kLease)).size(), 12u);
}

// Killed at each statement of it, the ledger is still the old one, and the next start migrates it.
TEST_F(OldLedgerTest, AKillInTheMiddleOfAMigrationLeavesTheOldOne) {
  Load("schema-2.sql");
  std::vector<std::string> statements;
  for (const Migration& migration : Migrations()) {
    if (migration.version <= 2) continue;
    statements.insert(statements.end(), migration.statements.begin(), migration.statements.end());
  }
  const std::size_t step = std::max<std::size_t>(1, statements.size() / 7);
  for (std::size_t killed_at = 0; killed_at < statements.size() + step; killed_at += step) {
    const std::size_t count = std::min(killed_at, statements.size());
    ExpectKilled([&] {
      Session session(file());
      dialect::SetUp(session);
      session.Execute(dialect::kBeginWrite);
      for (std::size_t i = 0; i < count; ++i) session.Execute(statements[i]);
      ::kill(::getpid(), SIGKILL);
    });
    EXPECT_EQ(Version(), 2) << count;
  }
  Reopen();
  ExpectWhole();
  EXPECT_EQ(Version(), Migrations().back().version);
}

// Killed after its commit it is the new one, though that be in the -wal alone.
TEST_F(OldLedgerTest, AKillAfterAMigrationLeavesTheNewOne) {
  Load("schema-2.sql");
  ExpectKilled([&] {
    const auto opened = Database::Open(file(), OpenMode::create);
    if (opened) ::kill(::getpid(), SIGKILL);
  });
  EXPECT_GT(std::filesystem::file_size(file().string() + "-wal"), 0u);
  ASSERT_TRUE(Database::Open(file(), OpenMode::existing));  // which migrates nothing
  Reopen();
  EXPECT_EQ(Count("mails", "quarantined"), 20);
  ExpectWhole();
}

// A start that is killed at any time leaves the old ledger or the new one.
TEST_F(OldLedgerTest, AKilledStartLeavesTheOldOneOrTheNewOne) {
  Load("schema-2.sql");
  const auto old = directory.path() / "old.db";
  std::filesystem::copy_file(file(), old);
  for (int delay = 0; delay < 12; ++delay) {
    for (const char* suffix : {"-wal", "-shm", "-open"}) std::filesystem::remove(file().string() + suffix);
    std::filesystem::copy_file(old, file(), std::filesystem::copy_options::overwrite_existing);
    const pid_t child = ::fork();
    if (child == 0) {
      (void)Database::Open(file(), OpenMode::create).ok();
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(delay) * 1500);
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    const std::int64_t version = Version();
    EXPECT_TRUE(version == 2 || version == Migrations().back().version) << version;
    std::filesystem::remove(file().string() + "-open");  // Version() has put the -wal into the ledger
    Reopen();
    EXPECT_EQ(Count("mails", "quarantined"), 20);
    database.reset();
  }
}

}  // namespace
}  // namespace gateway::ledger
