// A damaged ledger is refused, and never made anew.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "ledger/care/consistency.h"
#include "ledger_fixture.h"

namespace gateway::ledger {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

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

}  // namespace
}  // namespace gateway::ledger
