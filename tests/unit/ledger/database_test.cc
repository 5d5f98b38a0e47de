#include "ledger/store/database.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "ledger/store/database_impl.h"
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

class DatabaseTest : public LedgerTest {
 protected:
  std::string CodeOfOpening(OpenMode mode = OpenMode::create) {
    database.reset();
    const auto opened = Database::Open(file(), mode);
    if (opened) return "";
    EXPECT_EQ(opened.error().fault, Fault::config) << opened.error().detail;
    return opened.error().code;
  }
  // Overwrites `bytes` bytes of the closed file.
  void Spoil(std::uint64_t offset, std::size_t bytes) {
    database.reset();
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream << std::string(bytes, '\x5a');
  }
  void Sql(const std::string& sql) {
    const auto done = database->impl().Write([&](Session& session) -> Result<void> {
      session.Execute(sql);
      return {};
    });
    ASSERT_TRUE(done) << done.error().detail;
  }
};

// SQLite's SHARED lock: a connection to a database in WAL mode has it for as long as it lives.
constexpr off_t kSharedFirst = 0x40000002;
constexpr off_t kSharedSize = 510;

// Asked by another process, as a lock never stands in the way of its own.
bool IsLockedForOthers(const std::filesystem::path& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = kSharedFirst;
    lock.l_len = kSharedSize;
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0 || ::fcntl(fd, F_GETLK, &lock) != 0) ::_exit(2);
    ::_exit(lock.l_type == F_UNLCK ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2);
  return WEXITSTATUS(status) == 1;
}

// Without its lock another process' command would take itself for the last one, and empty the log.
TEST_F(DatabaseTest, KeepsItsLockWhenDamageIsLookedInto) {
  ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(1)));
  ASSERT_TRUE(IsLockedForOthers(file()));
  const auto damaged = [](Session&) -> Result<int> { return ConfigError("ledger-damaged", "a page"); };
  EXPECT_EQ(database->impl().Read(damaged).error().code, "ledger-damaged");
  EXPECT_TRUE(IsLockedForOthers(file()));
  EXPECT_EQ(database->impl().Write(damaged).error().code, "ledger-damaged");
  EXPECT_TRUE(IsLockedForOthers(file()));
}

TEST_F(DatabaseTest, FilesAreForTheOwnerOnly) {
  ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(1)));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((file().string() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(DatabaseTest, SetsUpDurability) {
  const auto settings = database->impl().Write([](Session& session) -> Result<std::vector<std::string>> {
    return std::vector{*session.First<std::string>("PRAGMA journal_mode"),
                       *session.First<std::string>("PRAGMA synchronous"),
                       *session.First<std::string>("PRAGMA foreign_keys")};
  });
  EXPECT_THAT(settings.value(), testing::ElementsAre("wal", "2", "1"));
}

TEST_F(DatabaseTest, OperatorCommandsMakeNoLedger) {
  const std::filesystem::path missing = directory.path() / "other.db";
  const auto opened = Database::Open(missing, OpenMode::existing);
  EXPECT_EQ(opened.error().code, "ledger-missing");
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST_F(DatabaseTest, RefusesADamagedHeader) {
  Spoil(0, 200);
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
}

TEST_F(DatabaseTest, RefusesATruncatedFile) {
  database.reset();
  std::filesystem::resize_file(file(), 8192);
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
  EXPECT_EQ(std::filesystem::file_size(file()), 8192u);
}

TEST_F(DatabaseTest, RefusesAnEmptyFile) {
  database.reset();
  std::filesystem::resize_file(file(), 0);
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
  EXPECT_EQ(CodeOfOpening(OpenMode::existing), "ledger-damaged");
  EXPECT_EQ(std::filesystem::file_size(file()), 0u);
}

TEST_F(DatabaseTest, RefusesDamagedTables) {
  for (std::uint32_t uid = 1; uid <= 50; ++uid) AddOpened(uid, {MakeReceived(std::to_string(uid))});
  database.reset();
  Spoil(4096, std::filesystem::file_size(file()) - 4096);
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
}

TEST_F(DatabaseTest, RefusesAForeignDatabase) {
  Sql("PRAGMA application_id = 1");
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
}

TEST_F(DatabaseTest, RefusesALedgerWithoutItsTriggers) {
  Sql("DROP TRIGGER mail_count_update");
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
}

TEST_F(DatabaseTest, RefusesAWalWithoutItsLedger) {
  database.reset();
  std::filesystem::remove(file());
  std::ofstream(file().string() + "-wal") << "left over";
  EXPECT_EQ(CodeOfOpening(), "ledger-damaged");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(DatabaseTest, AnInterruptedFirstStartIsRepeated) {
  database.reset();
  std::filesystem::remove(file().string() + "-made");
  std::filesystem::rename(file(), file().string() + ".new");
  std::filesystem::resize_file(file().string() + ".new", 5000);
  Reopen();
  EXPECT_TRUE(ledger->fetched_mails.Add(MakeMail(1)));
}

TEST_F(DatabaseTest, RefusesANewerSchema) {
  Sql("INSERT INTO ledger_schema (version, applied) VALUES (1000, 0)");
  EXPECT_EQ(CodeOfOpening(), "ledger-newer");
  EXPECT_EQ(CodeOfOpening(OpenMode::existing), "ledger-newer");
}

TEST_F(DatabaseTest, MigratesAnOlderSchema) {
  ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(1)));
  std::vector<Migration> migrations = Migrations();
  const std::int64_t next = migrations.back().version + 1;
  migrations.push_back({next, {"ALTER TABLE mail ADD COLUMN extra TEXT NOT NULL DEFAULT 'new'"}});
  const auto migrate = [&](Session& session) -> Result<std::string> {
    Migrate(session, migrations, At(0));
    return *session.First<std::string>("SELECT extra FROM mail");
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(database->impl().Write(migrate).value(), "new");
  EXPECT_EQ(database->impl().Read([](Session& s) -> Result<std::int64_t> { return SchemaVersion(s); }).value(), next);
  EXPECT_EQ(CodeOfOpening(), "ledger-newer");
}

// The schema of the first release, with a fragment that waits.
TEST_F(DatabaseTest, MigratesWhatTheFirstSchemaHolds) {
  database.reset();
  std::filesystem::remove(file());
  {
    Session session(file());
    dialect::SetUpNew(session);
    session.Execute("BEGIN");
    dialect::MarkAsLedger(session);
    Migrate(session, std::span(Migrations()).first(1), At(0));
    session.Execute(
        "INSERT INTO mail (state, mailbox, on_server, spool_key, size, sha256, fetched, partner, fragment_sender, "
        "partial_id, fragment_number, fragment_total) VALUES ('fragment', 'main', 0, 'old', 9, '', :fetched, 'b', "
        "'tele@b.example', 'p', 1, 2)",
        At(5));
    session.Execute("COMMIT");
  }
  EXPECT_EQ(CodeOfOpening(OpenMode::existing), "ledger-older");
  Reopen();
  EXPECT_EQ(Count("mails", "fragment"), 1);
  EXPECT_EQ(Count("mails", "report"), 0);
  EXPECT_EQ(Count("receipts", "due"), 0);
  EXPECT_THAT(ledger->fragments.Expire(At(6), 9, At(7)).value(), testing::SizeIs(1));
}

TEST_F(DatabaseTest, AFailedWriteLeavesNothing) {
  const auto failed = database->impl().Write([](Session& session) -> Result<void> {
    session.Execute("UPDATE state_count SET n = 5");
    return Permanent("no");
  });
  EXPECT_EQ(failed.error().code, "no");
  const auto broken = database->impl().Write([](Session& session) -> Result<void> {
    session.Execute("UPDATE state_count SET n = 5");
    session.Execute("INSERT INTO delivery (state, instance, pacs, created) VALUES (:s, :i, :p, :c)", "waiting", 77,
                    "secret-value", 0);
    return {};
  });
  EXPECT_EQ(broken.error().code, "ledger-error");
  EXPECT_EQ(broken.error().detail.find("secret-value"), std::string::npos);
  EXPECT_EQ(Count("mails", "fetched"), 0);
}

TEST_F(DatabaseTest, FullDiskIsTransient) {
  std::int64_t pages = 0;
  ASSERT_TRUE(database->impl().Write([&](Session& session) -> Result<void> {
    pages = *session.First<std::int64_t>("PRAGMA page_count");
    session.Execute("PRAGMA max_page_count = " + std::to_string(pages + 3));
    return {};
  }));
  std::uint32_t uid = 1;
  Result<AddedMail> added = ledger->fetched_mails.Add(MakeMail(uid));
  while (added && uid < 10'000) added = ledger->fetched_mails.Add(MakeMail(++uid));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, "disk-full");
  EXPECT_EQ(added.error().fault, Fault::transient);
  Sql("PRAGMA max_page_count = 100000");
  EXPECT_FALSE(ledger->fetched_mails.Add(MakeMail(uid)).value().known);
  EXPECT_EQ(Count("mails", "fetched"), uid);
}

TEST_F(DatabaseTest, ReadOnlyIsTransient) {
  Sql("PRAGMA query_only = 1");
  const auto added = ledger->fetched_mails.Add(MakeMail(1));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, "disk-error");
  EXPECT_EQ(added.error().fault, Fault::transient);
  Reopen();  // on a connection that may write again
  EXPECT_TRUE(ledger->fetched_mails.Add(MakeMail(1)));
}

TEST_F(DatabaseTest, TwoOpenDatabasesSeeEachOther) {
  const auto other = Database::Open(file(), OpenMode::existing).value();
  FetchedMails other_mails(*other);
  const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(1)).value().mail;
  EXPECT_EQ(other_mails.Add(MakeMail(1)).value().mail, mail);
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("bad"), At(1)));
  EXPECT_TRUE(QuarantineLedger(*other).ReleaseMail(mail, At(2)).value());
  EXPECT_THAT(ledger->open_queue.Claim(1, At(10), kLease).value(), testing::SizeIs(1));
}

TEST_F(DatabaseTest, AnotherWriterThatStaysMakesItBusy) {
  const auto other = Database::Open(file(), OpenMode::existing).value();
  ASSERT_TRUE(other->impl().Write([](Session& session) -> Result<void> {
    session.Execute("PRAGMA busy_timeout = 50");
    return {};
  }));
  const auto held = database->impl().Write([&](Session& session) -> Result<std::string> {
    session.Execute("UPDATE state_count SET n = n");
    const auto busy = other->impl().Write([](Session& s) -> Result<void> {
      s.Execute("SELECT 1");
      return {};
    });
    return busy ? std::string("not busy") : busy.error().code;
  });
  EXPECT_EQ(held.value(), "ledger-busy");
  EXPECT_TRUE(FetchedMails(*other).Add(MakeMail(1)));
}

TEST_F(DatabaseTest, OperatorsGetTheirTurnBesideABusyDaemon) {
  std::atomic<bool> stop = false;
  std::jthread daemon([&] {
    for (std::uint32_t uid = 1; !stop; ++uid) EXPECT_TRUE(ledger->fetched_mails.Add(MakeMail(uid)));
  });
  const auto other = Database::Open(file(), OpenMode::existing).value();
  FetchedMails other_mails(*other);
  for (std::uint32_t uid = 1; uid <= 20; ++uid) {
    EXPECT_TRUE(other_mails.Add({"other", "1:" + std::to_string(uid), "k" + std::to_string(uid), 1, "", At(0)}));
  }
  stop = true;
}

TEST_F(DatabaseTest, GroupsKeepEveryWriteOfEightThreads) {
  constexpr int kThreads = 8, kEach = 100;
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t] {
        for (int i = 0; i < kEach; ++i) {
          // Every fifth fails, in the middle of a group, and takes nobody with it.
          if (i % 5 == 0) {
            EXPECT_FALSE(ledger->send_queue.RecordSent(999, "", "", At(0)));
          }
          EXPECT_TRUE(ledger->fetched_mails.Add(MakeMail(static_cast<std::uint32_t>(t * 1000 + i))));
        }
      });
    }
  }
  EXPECT_EQ(Count("mails", "fetched"), kThreads * kEach);
}

TEST_F(DatabaseTest, NobodyClaimsWhatAnotherHas) {
  for (std::uint32_t uid = 1; uid <= 200; ++uid) ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(uid)));
  std::atomic<int> claimed = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (auto mails = ledger->open_queue.Claim(3, At(500), kLease).value(); !mails.empty();
             mails = ledger->open_queue.Claim(3, At(500), kLease).value()) {
          claimed += static_cast<int>(mails.size());
        }
      });
    }
  }
  EXPECT_EQ(claimed, 200);
}

// The child writes until it is killed and tells each write that was acknowledged through a pipe.
TEST_F(DatabaseTest, AcknowledgedWritesSurviveAKill) {
  database.reset();
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Reopen();
    for (std::uint32_t uid = 1;; ++uid) {
      if (!ledger->fetched_mails.Add(MakeMail(uid))) ::_exit(1);
      if (::write(pipe[1], &uid, sizeof uid) != sizeof uid) ::_exit(1);
    }
  }
  ::close(pipe[1]);
  std::uint32_t acknowledged = 0;
  while (acknowledged < 200 && ::read(pipe[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
  }
  ::kill(child, SIGKILL);
  while (::read(pipe[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
  }
  ::close(pipe[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  Reopen();
  EXPECT_GE(acknowledged, 200u);
  for (std::uint32_t uid = 1; uid <= acknowledged; ++uid) {
    ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(uid)).value().known) << uid;
  }
}

}  // namespace
}  // namespace gateway::ledger
