#include "inbound/document_scanner.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/handles.h"
#include "base/random_text.h"
#include "policy/worker.h"
#include "support/errors.h"

namespace gateway::inbound {
namespace {

class Scanner : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_);
    std::ofstream(document_) << "virus";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::filesystem::path Write(const std::string& script) const {
    std::filesystem::path scanner = directory_ / "scanner";
    std::ofstream(scanner) << script;
    std::filesystem::permissions(scanner, std::filesystem::perms::owner_all);
    return scanner;
  }
  [[nodiscard]] Error Scan(const std::string& script) const {
    const Result<void> scanned = ScanDocument(Write("#!/bin/sh\n" + script + "\n"), document_);
    return scanned ? Permanent("") : scanned.error();
  }
  void AwaitFile(const std::string& name) const {
    while (!std::filesystem::exists(directory_ / name)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("scan-" + RandomHex(8));
  std::filesystem::path document_ = directory_ / "document";
};

// Of us becomes a child whoever nobody else keeps.
class Kept : public Scanner {
 protected:
  void SetUp() override {
    Scanner::SetUp();
    ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  }
  void TearDown() override {
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    Scanner::TearDown();
  }
  // Whatever is left, dead or alive.
  static bool NobodyIsLeft() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }
};

TEST_F(Kept, IsEndedWhenItsTimeIsOver) {
  const std::filesystem::path scanner =
      Write("#!/bin/sh\ntrap '' TERM HUP\nsetsid sleep 1000 &\nwhile :; do sleep 1000; done\n");
  const Result<void> scanned = ScanDocument(scanner, document_, Milliseconds(300));
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code, "scanner-slow");
  EXPECT_EQ(scanned.error().fault, Fault::transient);
  EXPECT_TRUE(NobodyIsLeft());
}

TEST_F(Kept, DoesNotGainTimeByStoppingItsKeeper) {
  EXPECT_EQ(Scan("kill -STOP $PPID; exit 0").code, "");
  EXPECT_EQ(Scan("kill -STOP $PPID; exit 1").code, "document-infected");
  EXPECT_TRUE(NobodyIsLeft());
}

TEST_F(Scanner, ThatOthersMayChangeMeanwhileIsNotStarted) {
  const std::filesystem::path scanner = Write("#!/bin/sh\n: > \"$1.started\"\n");
  std::filesystem::permissions(scanner, std::filesystem::perms::all);
  const Error error = ScanDocument(scanner, document_).error();
  EXPECT_EQ(error.code, "scanner-failed");
  EXPECT_THAT(error.detail, testing::HasSubstr("is not to be trusted: everybody on this machine may write it"));
  EXPECT_FALSE(std::filesystem::exists(document_.string() + ".started"));
}

TEST_F(Scanner, IsAsked) {
  EXPECT_EQ(Scan("exit 0").code, "");
  EXPECT_EQ(Scan("grep -q virus \"$1\" && exit 1; exit 0").code, "document-infected");
  EXPECT_EQ(Scan("head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2; exit 1").code, "document-infected");
  for (const char* script : {"exit 2", "kill -9 $$", "exit 255", "kill -TERM $$"}) {
    EXPECT_EQ(Scan(script).code, "scanner-failed") << script;
    EXPECT_EQ(Scan(script).fault, Fault::transient) << script;
  }
}

TEST_F(Scanner, ThatCannotBeStartedIsAFaultOfOurs) {
  const auto why = [this](const std::filesystem::path& scanner) {
    const Error error = ScanDocument(scanner, document_).error();
    EXPECT_EQ(error.code, "scanner-failed");
    EXPECT_EQ(error.fault, Fault::transient);
    return error.detail;
  };
  EXPECT_EQ(why(directory_ / "none"), "document_scanner cannot be started: No such file or directory");
  const std::filesystem::path scanner = Write("exit 0\n");
  EXPECT_EQ(why(scanner), "document_scanner cannot be started: Exec format error");
  std::filesystem::permissions(scanner, std::filesystem::perms::owner_read);
  EXPECT_EQ(why(scanner), "document_scanner cannot be started: Permission denied");
}

TEST_F(Scanner, HasNoDescriptorOfOurs) {
  const int inherited = ::open(document_.c_str(), O_RDONLY);  // without O_CLOEXEC, as a library may open one
  EXPECT_EQ(Scan("ls -l /proc/$$/fd | grep -q document && exit 1; exit 0").code, "");
  ::close(inherited);
}

TEST_F(Scanner, IsNotStartedWithDescriptorsOfOurs) {
  const UniqueFd first(::open(document_.c_str(), O_RDONLY | O_CLOEXEC));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // Two more are for the pipe; none is left for /dev/null.
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(first.get()) + 3;
  const std::filesystem::path scanner = Write("#!/bin/sh\n: > ${0%/*}/started\nexit 0\n");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const Result<void> scanned = ScanDocument(scanner, document_);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code, "scanner-failed");
  EXPECT_EQ(scanned.error().detail, "document_scanner cannot be started: Too many open files");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "started"));
}

TEST_F(Scanner, SaysWhatItFoundThoughItEndsItsGroup) {
  EXPECT_EQ(Scan("trap '' TERM; kill 0; exit 1").code, "document-infected");
  EXPECT_EQ(Scan("trap '' TERM; sleep 600 & kill 0; exit 0").code, "");
  EXPECT_EQ(Scan("kill -9 0").code, "scanner-failed");
}

TEST_F(Kept, TakesWhatItStartedWithIt) {
  for (const char* started : {"sleep 600 &", "setsid sleep 600 &", "setsid sh -c 'setsid sleep 600 & sleep 600' &",
                              "(trap '' TERM HUP; sleep 600) &", "(sleep 600 & sleep 600 &) &"}) {
    EXPECT_EQ(Scan(started + std::string(" exit 0")).code, "") << started;
    EXPECT_TRUE(NobodyIsLeft()) << started;
    EXPECT_EQ(Scan(started + std::string(" kill -9 $$")).code, "scanner-failed") << started;
    EXPECT_TRUE(NobodyIsLeft()) << started;
  }
}

TEST_F(Kept, EndsWhenItsWorkerIsToStop) {
  const std::filesystem::path scanner =
      Write("#!/bin/sh\nsleep 600 &\nsetsid sleep 600 &\n: > ${0%/*}/started\nwait\n");
  std::promise<std::string> said;
  Signal signal;
  std::jthread worker = StartWorker("scan", signal, [&, done = false](const std::stop_token&) mutable {
    if (!done) said.set_value(ScanDocument(scanner, document_).error().code);
    done = true;
    return Milliseconds(1000);
  });
  AwaitFile("started");
  worker.request_stop();
  EXPECT_EQ(said.get_future().get(), "scanner-interrupted");
  worker.join();
  EXPECT_TRUE(NobodyIsLeft());
}

TEST_F(Kept, DiesWithTheGateway) {
  const std::filesystem::path scanner =
      Write("#!/bin/sh\nsleep 600 &\nsetsid sleep 600 &\n: > ${0%/*}/started\nwait\n");
  const pid_t gateway = ::fork();
  if (gateway == 0) {
    (void)ScanDocument(scanner, document_);
    ::_exit(0);
  }
  AwaitFile("started");
  ::kill(gateway, SIGKILL);
  // The keeper becomes ours, and ends when all others have ended.
  for (const char* who : {"the gateway", "the keeper"}) {
    int status = 0;
    ASSERT_GT(::waitpid(-1, &status, 0), 0) << who;
    EXPECT_TRUE(WIFSIGNALED(status)) << who << status;
  }
  EXPECT_TRUE(NobodyIsLeft());
}

}  // namespace
}  // namespace gateway::inbound
