#include "inbound/document_scanner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

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

// The processes that are left to us when those between have died end by `signal`, all of them.
void ExpectAllKilled(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    ASSERT_GT(ended, 0) << i;
    EXPECT_TRUE(WIFSIGNALED(status)) << status;
  }
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

TEST_F(Scanner, TakesWhatItStartedWithIt) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  EXPECT_EQ(Scan("sleep 600 & exit 0").code, "");
  ExpectAllKilled(1);
  EXPECT_EQ(::waitpid(-1, nullptr, 0), -1);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(Scanner, EndsWhenItsWorkerIsToStop) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const std::filesystem::path scanner = Write("#!/bin/sh\nsleep 600 &\n: > ${0%/*}/started\nwait\n");
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
  ExpectAllKilled(2);  // the shell and what it started; the keeper is reaped
  EXPECT_EQ(::waitpid(-1, nullptr, 0), -1);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_F(Scanner, DiesWithTheGateway) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const std::filesystem::path scanner = Write("#!/bin/sh\nsleep 600 &\n: > ${0%/*}/started\nwait\n");
  const pid_t gateway = ::fork();
  if (gateway == 0) {
    (void)ScanDocument(scanner, document_);
    ::_exit(0);
  }
  AwaitFile("started");
  ::kill(gateway, SIGKILL);
  ExpectAllKilled(4);  // itself, the keeper, the shell and what it started
  EXPECT_EQ(::waitpid(-1, nullptr, 0), -1);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace
}  // namespace gateway::inbound
