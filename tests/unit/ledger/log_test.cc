// The ledger's log (-wal): how long it becomes, and a disk that fails while it is copied.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>

#include "ledger/store/database_impl.h"
#include "ledger_fixture.h"

namespace {

std::atomic<bool> log_fails = false;
std::atomic<int> failed = 0;

// As a disk does that fails once: what was to be written is forgotten, and the next one knows
// nothing of it.
bool Fails(int fd) {
  if (!log_fails) return false;
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
  if (error || !path.string().ends_with("-wal")) return false;
  ++failed;
  errno = EIO;
  return true;
}

}  // namespace

// SQLite's, as this program is searched first.
extern "C" int fsync(int fd) {
  return Fails(fd) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}
extern "C" int fdatasync(int fd) {
  return Fails(fd) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace gateway::ledger {
namespace {

constexpr std::uintmax_t kLong = 8'000'000;  // bytes: more than the writer lets it become

class LogTest : public LedgerTest {
 protected:
  LogTest() : LedgerTest(FastDirectory()) {}
  void SetUp() override { ASSERT_TRUE(Execute("CREATE TABLE filler (text TEXT)")); }
  void TearDown() override { log_fails = false; }

  Result<void> Execute(const std::string& sql) {
    return database->impl().Write([&](Session& session) -> Result<void> {
      session.Execute(sql);
      return {};
    });
  }
  // Some 100 KB, committed and not synced.
  Result<void> Claim() {
    return database->impl().WriteUnsynced([&](Session& session) -> Result<void> {
      session.Execute("INSERT INTO filler (text) VALUES (:text)", std::string(100'000, 'x'));
      return {};
    });
  }
  std::uintmax_t LogSize() { return std::filesystem::file_size(file().string() + "-wal"); }
};

TEST_F(LogTest, StaysShort) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(Claim());
  EXPECT_GT(std::filesystem::file_size(file()), 20'000'000U);
  EXPECT_LT(LogSize(), 2 * kLong);
}

// Nobody waits for the copying. What was not synced by it would be missing after a power failure,
// and with it all that is added to the log: so nothing is added.
TEST_F(LogTest, NothingIsAddedAfterCopyingItHasFailed) {
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Claim());
  ASSERT_TRUE(Execute("INSERT INTO filler (text) VALUES ('synced')"));
  log_fails = true;
  // The writer copies while the next one comes.
  for (int i = 0; i < 60 && Claim(); ++i) {
  }
  ASSERT_GT(failed, 0);
  const std::uintmax_t size = LogSize();
  EXPECT_EQ(Claim().error().code, "disk-error");
  EXPECT_EQ(Execute("INSERT INTO filler (text) VALUES ('lost')").error().code, "disk-error");
  EXPECT_EQ(LogSize(), size);
  log_fails = false;
  ASSERT_TRUE(Execute("INSERT INTO filler (text) VALUES ('after')"));
  EXPECT_LT(LogSize(), kLong / 10);  // it was emptied first
  Reopen();
  EXPECT_EQ(
      Must(database->impl().Read([](Session& session) -> Result<std::int64_t> {
        return *session.First<std::int64_t>("SELECT COUNT(*) FROM filler WHERE text IN ('synced', 'after', 'lost')");
      })),
      2);
}

}  // namespace
}  // namespace gateway::ledger
