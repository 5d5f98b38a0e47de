// Ledgers that are damaged or of another age are refused, or migrated whole; never made anew.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "ledger/care/consistency.h"
#include "ledger/operator_acts.h"
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "ledger_fixture.h"

namespace gateway::ledger {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// As the kill of a daemon leaves it: its last transactions are in the -wal only.
class KilledTest : public LedgerTest {
 protected:
  KilledTest() {
    database.reset();
    const pid_t child = ::fork();
    if (child == 0) {
      Reopen();
      for (std::uint32_t uid = 1; uid <= 20; ++uid) {
        if (!ledger->fetched_mails.Add(MakeMail(uid))) ::_exit(1);
      }
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
  }
  [[nodiscard]] std::filesystem::path wal() const { return file().string() + "-wal"; }
  std::string DetailOfOpening(OpenMode mode) {
    const auto opened = Database::Open(file(), mode);
    if (opened) return "";
    EXPECT_EQ(opened.error().code, "ledger-damaged");
    EXPECT_EQ(opened.error().fault, Fault::config);
    return opened.error().detail;
  }
};

TEST_F(KilledTest, LosesNothing) {
  Reopen();
  EXPECT_EQ(Count("mails", "fetched"), 20);
}

TEST_F(KilledTest, WithoutItsWalItIsRefused) {
  std::filesystem::remove(wal());
  for (int i = 0; i < 2; ++i) {
    for (const OpenMode mode : {OpenMode::create, OpenMode::existing}) {
      EXPECT_THAT(DetailOfOpening(mode), HasSubstr("-wal, with what was written last, is missing"));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(wal()));
  // A person knows that it is a whole backup.
  std::filesystem::remove(file().string() + "-open");
  Reopen();
}

// Of a disk that fails as the daemon stops.
TEST_F(KilledTest, AMarkThatCannotBeRemovedKeepsTheWal) {
  Reopen();
  const std::filesystem::path mark = file().string() + "-open";
  std::filesystem::remove(mark);
  std::filesystem::create_directories(mark / "in the way");
  database.reset();
  EXPECT_TRUE(std::filesystem::exists(wal()));
  std::filesystem::remove_all(mark);
  std::ofstream(mark).close();  // as it would have stayed
  Reopen();
  EXPECT_EQ(Count("mails", "fetched"), 20);
  database.reset();
  EXPECT_FALSE(std::filesystem::exists(wal()));
}

TEST_F(KilledTest, WithAGarbledWalItIsRefused) {
  for (const std::streamoff at : {0, 9, 25}) {
    const auto copy = directory.path() / "copy";
    std::filesystem::copy_file(wal(), copy, std::filesystem::copy_options::overwrite_existing);
    {
      std::fstream stream(wal(), std::ios::in | std::ios::out | std::ios::binary);
      stream.seekp(at);
      stream << '\x5a';
    }
    EXPECT_THAT(DetailOfOpening(OpenMode::create), HasSubstr("cannot be read")) << at;
    std::filesystem::rename(copy, wal());
  }
  Reopen();
  EXPECT_EQ(Count("mails", "fetched"), 20);
}

TEST_F(KilledTest, WithoutItsLedgerANewOneIsNotMade) {
  Reopen();
  database.reset();  // closed: there is no -wal
  std::filesystem::remove(file());
  EXPECT_THAT(DetailOfOpening(OpenMode::create), HasSubstr("one was made here before"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  // A person wants to begin anew.
  std::filesystem::remove(file().string() + "-made");
  Reopen();
  EXPECT_EQ(Count("mails", "fetched"), 0);
}

TEST_F(KilledTest, WithoutItsLedgerItIsRefused) {
  std::filesystem::remove(wal());
  std::filesystem::remove(file());
  EXPECT_THAT(DetailOfOpening(OpenMode::create), HasSubstr("restore both"));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

// Its connection is the last, and would take the -wal away.
TEST_F(KilledTest, AnOperatorsCommandLeavesTheWal) {
  Must(Database::Open(file(), OpenMode::existing)).reset();
  EXPECT_TRUE(std::filesystem::exists(wal()));
  Reopen();
  EXPECT_EQ(Count("mails", "fetched"), 20);
}

TEST_F(KilledTest, AWalThatThePowerFailureLeftEmptyIsNone) {
  Reopen();
  database.reset();  // closed: all is in the ledger itself
  for (const std::size_t size : {0, 10, 5000}) {
    std::ofstream(wal()) << std::string(size, '\0');
    Reopen();
    EXPECT_EQ(Count("mails", "fetched"), 20) << size;
    database.reset();
  }
}

TEST_F(KilledTest, OnePageThatIsOverwrittenIsToldByWhoMeetsIt) {
  Reopen();
  for (std::uint32_t uid = 21; uid <= 2000; ++uid) ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(uid)));
  database.reset();
  const auto size = std::filesystem::file_size(file());
  std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(size / 2 / 4096 * 4096));
  stream << std::string(4096, '\x5a');
  stream.close();
  // The start reads a little of every table only.
  const auto opened = Database::Open(file(), OpenMode::existing);
  if (!opened) {
    EXPECT_EQ(opened.error().code, "ledger-damaged");
    return;
  }
  const auto checked = Consistency(**opened).Check(std::nullopt, At(0));
  if (checked) {
    EXPECT_THAT(*checked, testing::Not(IsEmpty()));
  } else {
    EXPECT_EQ(checked.error().code, "ledger-damaged");
  }
}

// Ledgers that released versions left, as `sqlite3 ledger.db .dump` prints them.
class OldLedgerTest : public LedgerTest {
 protected:
  void Load(const std::string& name) {
    database.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
    std::ifstream stream(std::filesystem::path(TEST_DATA_DIR) / "ledgers" / name);
    std::stringstream text;
    text << stream.rdbuf();
    ASSERT_FALSE(text.str().empty());
    Session session(file());
    // A statement ends with a semicolon at the end of a line.
    std::string statement;
    for (std::string line; std::getline(text, line);) {
      statement += line + "\n";
      if (!line.ends_with(";")) continue;
      session.Execute(statement);
      statement.clear();
    }
  }
  std::int64_t Version() {
    Session session(file());
    return SchemaVersion(session);
  }
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
      ADD_FAILURE() << found.code << " " << found.item;
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
  EXPECT_FALSE(Must(OperatorActs(*database).Unlogged(1)).empty());
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
