#include "spool/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "base/files.h"

namespace gateway::spool {
namespace {

namespace fs = std::filesystem;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    // In memory where there is such a place: hundreds of directories for each test.
    const fs::path fast = "/dev/shm";
    std::string name = ((fs::is_directory(fast) ? fast : fs::temp_directory_path()) / "spool-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    parent_ = name;
    settings_.state_dir = parent_ / "state";
  }
  ~SpoolTest() override { fs::remove_all(parent_); }

  std::unique_ptr<Spool> Open() {
    auto opened = Spool::Open(settings_.state_dir);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().detail);
    return std::move(opened).value();
  }
  static fs::path WriteWork(const Spool& spool, const std::string& content) {
    fs::path path = spool.NewWorkFile();
    const auto fd = CreateFile(path);
    EXPECT_TRUE(fd);
    EXPECT_TRUE(WriteAll(fd->get(), content));
    return path;
  }
  static std::set<std::string> KeysOf(const Spool& spool, Kind kind) {
    std::set<std::string> keys;
    EXPECT_TRUE(spool.ForEach([&](const Entry& entry) {
      if (entry.kind == kind) keys.insert(entry.key);
    }));
    return keys;
  }
  static unsigned ModeOf(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }

  fs::path parent_;
  GatewaySettings settings_;
};

TEST_F(SpoolTest, MakesAllDirectoriesForTheOwnerOnly) {
  const auto spool = Open();
  for (const char* name :
       {"", "spool", "spool/work", "spool/instances/00", "spool/messages/ff", "spool/mails/7a", "spool/documents/c3"}) {
    EXPECT_EQ(ModeOf(settings_.state_dir / name), 0700u) << name;
  }
  EXPECT_EQ(spool->LedgerFile(), settings_.state_dir / "ledger.db");
}

TEST_F(SpoolTest, KeepsAFileUnderItsKey) {
  const auto spool = Open();
  const fs::path work = WriteWork(*spool, "content");
  const std::string key = spool->Keep(Kind::instance, work).value();
  EXPECT_THAT(key, testing::MatchesRegex("[0-9a-f]{32}"));
  const fs::path path = spool->PathOf(Kind::instance, key);
  EXPECT_EQ(path, settings_.state_dir / "spool" / "instances" / key.substr(0, 2) / (key + ".dcm"));
  EXPECT_EQ(ReadSmallFile(path).value(), "content");
  EXPECT_EQ(ModeOf(path), 0600u);
  EXPECT_FALSE(fs::exists(work));
}

TEST_F(SpoolTest, KindsHavePlacesOfTheirOwn) {
  const auto spool = Open();
  const std::string message = spool->Keep(Kind::message, WriteWork(*spool, "a")).value();
  const std::string mail = spool->Keep(Kind::mail, WriteWork(*spool, "bc")).value();
  EXPECT_EQ(spool->PathOf(Kind::message, message).extension(), ".eml");
  const std::string document = spool->Keep(Kind::document, WriteWork(*spool, "d")).value();
  EXPECT_EQ(spool->PathOf(Kind::document, document),
            settings_.state_dir / "spool" / "documents" / document.substr(0, 2) / (document + ".bin"));
  EXPECT_EQ(KeysOf(*spool, Kind::message), std::set{message});
  EXPECT_EQ(KeysOf(*spool, Kind::mail), std::set{mail});
  EXPECT_EQ(KeysOf(*spool, Kind::document), std::set{document});
  EXPECT_TRUE(KeysOf(*spool, Kind::instance).empty());
}

TEST_F(SpoolTest, WhatRootKeepsIsTheOwnersOfTheStateDirectory) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const auto spool = Open();
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(::chown(settings_.state_dir.c_str(), kNobody, kNobody), 0);
  const std::string key = spool->Keep(Kind::document, WriteWork(*spool, "a")).value();
  struct stat status {};
  ASSERT_EQ(::stat(spool->PathOf(Kind::document, key).c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kNobody);
  EXPECT_EQ(status.st_gid, kNobody);
}

TEST_F(SpoolTest, CommandsWaitUntilTheDaemonHasStarted) {
  const auto spool = Open();
  const auto command = Spool::View(settings_.state_dir);
  std::atomic<bool> started = false;
  std::jthread start([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    started = true;
    spool->Started();
  });
  const auto held = command->DeferStart();
  EXPECT_TRUE(held);
  EXPECT_TRUE(started);
}

TEST_F(SpoolTest, ADaemonStartsWhenTheCommandsHaveDone) {
  Open();
  const auto command = Spool::View(settings_.state_dir);
  std::atomic<bool> done = false;
  std::jthread keep([&, held = command->DeferStart().value(), other = command->DeferStart().value()]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    done = true;
    held.Reset();
    other.Reset();
  });
  const auto spool = Open();
  EXPECT_TRUE(done);
}

TEST_F(SpoolTest, AStateDirectoryOfAnEarlierVersionGetsWhatItLacks) {
  {
    const auto spool = Open();
    ASSERT_TRUE(spool->Keep(Kind::mail, WriteWork(*spool, "a")));
    std::ofstream(spool->LedgerFile()) << "a ledger";
  }
  fs::remove_all(settings_.state_dir / "spool" / "documents");
  const auto spool = Open();
  EXPECT_TRUE(spool->Keep(Kind::document, WriteWork(*spool, "b")));
  EXPECT_EQ(KeysOf(*spool, Kind::mail).size(), 1u);
}

TEST_F(SpoolTest, KeepingAMissingFileFails) {
  const auto spool = Open();
  EXPECT_EQ(spool->Keep(Kind::mail, spool->NewWorkFile()).error().code, "file-error");
  EXPECT_TRUE(KeysOf(*spool, Kind::mail).empty());
}

TEST_F(SpoolTest, KeepFailsWhereTheTargetDirectoryIsGone) {
  const auto spool = Open();
  fs::remove_all(settings_.state_dir / "spool" / "mails");
  const fs::path work = WriteWork(*spool, "content");
  EXPECT_FALSE(spool->Keep(Kind::mail, work));
  EXPECT_TRUE(fs::exists(work));
}

TEST_F(SpoolTest, RemovesAndForgivesWhatIsGone) {
  const auto spool = Open();
  const std::string key = spool->Keep(Kind::mail, WriteWork(*spool, "a")).value();
  EXPECT_TRUE(spool->Remove(Kind::mail, key));
  EXPECT_FALSE(fs::exists(spool->PathOf(Kind::mail, key)));
  EXPECT_TRUE(spool->Remove(Kind::mail, key));
}

TEST_F(SpoolTest, OddKeysNameNothing) {
  const auto spool = Open();
  for (const std::string key : {"", "..", "../../ledger.db", "ABCDEF00ABCDEF00ABCDEF00ABCDEF00"}) {
    EXPECT_EQ(spool->PathOf(Kind::mail, key).parent_path(), settings_.state_dir / "spool" / "mails") << key;
    EXPECT_FALSE(fs::exists(spool->PathOf(Kind::mail, key)));
  }
}

TEST_F(SpoolTest, RefusesASecondDaemon) {
  const auto spool = Open();
  const fs::path work = WriteWork(*spool, "being written");
  const auto second = Spool::Open(settings_.state_dir);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "state-dir-in-use");
  EXPECT_EQ(second.error().fault, Fault::transient) << "the other one may be about to end";
  EXPECT_TRUE(fs::exists(work));
  EXPECT_EQ(ReadSmallFile(settings_.state_dir / "lock").value(), std::to_string(::getpid()) + "\n");
}

TEST_F(SpoolTest, LockGoesWithItsProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto spool = Spool::Open(settings_.state_dir);
    ::_exit(spool && !Spool::Open(settings_.state_dir) ? (::kill(::getpid(), SIGKILL), 1) : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(Spool::Open(settings_.state_dir));
}

TEST_F(SpoolTest, EmptiesWorkAtStartAndKeepsTheRest) {
  std::string key;
  {
    const auto spool = Open();
    WriteWork(*spool, "half a file");
    fs::create_directories(settings_.state_dir / "spool/work/directory/below");
    key = spool->Keep(Kind::mail, WriteWork(*spool, "whole")).value();
    std::ofstream(spool->LedgerFile()) << "a ledger";
  }
  const auto spool = Open();
  EXPECT_TRUE(fs::is_empty(settings_.state_dir / "spool" / "work"));
  EXPECT_EQ(ReadSmallFile(spool->PathOf(Kind::mail, key)).value(), "whole");
}

TEST_F(SpoolTest, FilesWithoutTheirLedgerAreNotForAFreshStart) {
  { ASSERT_TRUE(Open()->Keep(Kind::mail, WriteWork(*Spool::View(settings_.state_dir), "unsent"))); }
  const auto opened = Spool::Open(settings_.state_dir);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "state-dir-unusable");
  EXPECT_EQ(KeysOf(*Spool::View(settings_.state_dir), Kind::mail).size(), 1u);
}

TEST_F(SpoolTest, AStateDirectoryThatIsAFileIsUnusable) {
  std::ofstream(settings_.state_dir) << "a file";
  const auto opened = Spool::Open(settings_.state_dir);
  EXPECT_EQ(opened.error().code, "state-dir-unusable");
  EXPECT_EQ(opened.error().fault, Fault::transient) << "a disk may be mounted there later";
}

TEST_F(SpoolTest, TakesItsStateDirectoryFromOthers) {
  { const auto spool = Open(); }
  for (const char* const ours : {"node", "node.new", "ledger.db", "ledger.db-wal"}) {
    std::ofstream(settings_.state_dir / ours) << "text";
  }
  fs::permissions(settings_.state_dir, static_cast<fs::perms>(0755));
  const auto spool = Open();
  EXPECT_EQ(fs::status(settings_.state_dir).permissions(), static_cast<fs::perms>(0700));
}

TEST_F(SpoolTest, RefusesADirectoryThatIsNotItsOwn) {
  fs::create_directory(settings_.state_dir);
  std::ofstream(settings_.state_dir / "somebody-elses") << "a file";
  fs::permissions(settings_.state_dir, static_cast<fs::perms>(0755));
  EXPECT_EQ(Spool::Open(settings_.state_dir).error().code, "state-dir-open");
  fs::remove(settings_.state_dir / "somebody-elses");
  fs::permissions(settings_.state_dir, static_cast<fs::perms>(01777));
  EXPECT_EQ(Spool::Open(settings_.state_dir).error().code, "state-dir-open");
  EXPECT_EQ(Spool::Open(settings_.state_dir).error().fault, Fault::config);
}

TEST_F(SpoolTest, FollowsNoLinkOutOfItsStateDirectory) {
  { const auto spool = Open(); }
  const fs::path elsewhere = settings_.state_dir.parent_path() / "elsewhere";
  fs::create_directories(elsewhere);
  std::ofstream(elsewhere / "precious") << "content";
  for (const char* const name : {"spool/work", "spool/orphans", "lock", "start"}) {
    const fs::path link = settings_.state_dir / name;
    fs::remove_all(link);
    const fs::path target = link.parent_path() == settings_.state_dir ? elsewhere / "precious" : elsewhere;
    fs::create_symlink(target, link);
    EXPECT_EQ(Spool::Open(settings_.state_dir).error().code, "state-dir-unusable") << name;
    fs::remove(link);
  }
  EXPECT_EQ(ReadSmallFile(elsewhere / "precious").value(), "content");
}

TEST_F(SpoolTest, ViewMakesAndLocksNothing) {
  const auto view = Spool::View(settings_.state_dir);
  EXPECT_FALSE(fs::exists(settings_.state_dir));
  const auto spool = Open();
  const std::string key = spool->Keep(Kind::mail, WriteWork(*spool, "a")).value();
  EXPECT_EQ(KeysOf(*view, Kind::mail), std::set{key});
  EXPECT_EQ(Spool::View(settings_.state_dir)->PathOf(Kind::mail, key), spool->PathOf(Kind::mail, key));
}

TEST_F(SpoolTest, VisitsOnlyItsOwnFilesAndToleratesVanishingOnes) {
  const auto spool = Open();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(spool->Keep(Kind::instance, WriteWork(*spool, "12345")));
  std::ofstream(settings_.state_dir / "spool/instances/00/README.dcm") << "not ours";
  std::set<std::string> seen;
  EXPECT_TRUE(spool->ForEach([&](const Entry& entry) {
    EXPECT_EQ(entry.size, 5u);
    seen.insert(entry.key);
    // All files of the first half go while the second is still to be seen.
    for (unsigned i = 0; i < 128; ++i) {
      const char name[] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15], 0};
      fs::remove_all(settings_.state_dir / "spool/instances" / name);
    }
  }));
  EXPECT_FALSE(seen.empty());
}

TEST_F(SpoolTest, TellsFreeSpaceInBytes) {
  settings_.min_free_space.bytes = 1;
  EXPECT_FALSE(Open()->FreeSpace(settings_).value().low());
  settings_.min_free_space.bytes = std::uint64_t{1} << 62;
  const Space space = Open()->FreeSpace(settings_).value();
  EXPECT_TRUE(space.low());
  EXPECT_EQ(space.needed_bytes, std::uint64_t{1} << 62);
  EXPECT_GT(space.free_bytes, 0u);
}

TEST_F(SpoolTest, TellsFreeSpaceInPercent) {
  settings_.min_free_space = {100, 0};
  const Space all = Open()->FreeSpace(settings_).value();
  EXPECT_TRUE(all.low());
  settings_.min_free_space = {50, 0};
  EXPECT_NEAR(static_cast<double>(Open()->FreeSpace(settings_).value().needed_bytes),
              static_cast<double>(all.needed_bytes) / 2, 1);
}

TEST_F(SpoolTest, PutsAsideWhatNobodyKnows) {
  const auto spool = Open();
  for (const Kind kind : {Kind::instance, Kind::mail, Kind::document, Kind::message, Kind::derived}) {
    const std::string key = *spool->Keep(kind, WriteWork(*spool, "12345"));
    ASSERT_TRUE(spool->PutAside(kind, key));
    EXPECT_FALSE(fs::exists(spool->PathOf(kind, key)));
  }
  const auto aside = [&] {
    return std::distance(fs::directory_iterator(settings_.state_dir / "spool/orphans"), fs::directory_iterator());
  };
  EXPECT_EQ(aside(), 3);  // a message and a changed copy can be made again
  EXPECT_TRUE(spool->ForEach([](const Entry&) { FAIL(); }));
  EXPECT_EQ(spool->RemoveOrphans(Time{}).value(), 0u);
  EXPECT_EQ(aside(), 3);
  EXPECT_EQ(spool->RemoveOrphans(FromUnixMilliseconds(9'000'000'000'000)).value(), 3u);
  EXPECT_EQ(aside(), 0);
}

// Nothing that is no directory is touched: it may belong to somebody.
TEST_F(SpoolTest, AStateDirectoryThatIsNoDirectoryIsRefused) {
  const auto mode = [](const fs::path& path) { return fs::symlink_status(path).permissions(); };
  ASSERT_TRUE(WriteFileDurably(settings_.state_dir, "somebody's", 0644));
  ASSERT_EQ(::chmod(settings_.state_dir.c_str(), 0644), 0);
  const auto before = mode(settings_.state_dir);
  EXPECT_EQ(Spool::Open(settings_.state_dir).error().code, "state-dir-unusable");
  EXPECT_EQ(mode(settings_.state_dir), before);
  fs::remove(settings_.state_dir);
  ASSERT_EQ(::mkfifo(settings_.state_dir.c_str(), 0644), 0);
  EXPECT_EQ(Spool::Open(settings_.state_dir).error().code, "state-dir-unusable");
  fs::remove(settings_.state_dir);
  for (const char* target : {"nowhere", "state"}) {
    fs::create_symlink(target, settings_.state_dir);
    EXPECT_EQ(Spool::Open(settings_.state_dir).error().code, "state-dir-unusable") << target;
    fs::remove(settings_.state_dir);
  }
}

}  // namespace
}  // namespace gateway::spool
