#include "opener/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <system_error>
#include <thread>

#include "base/sanitizers.h"
#include "opener/landlock.h"

namespace gateway::opener {
namespace {

// Returns how a process ended that did `act`, which says whether it went as it should.
int StatusOf(const std::function<bool()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(act() ? 0 : 1);
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

bool Holds(const std::function<bool()>& act) {
  const int status = StatusOf(act);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool IsTrueInSandbox(const std::function<bool()>& act) {
  return Holds([&] { return EnterSandbox() && act(); });
}

// The signal that ended a sandboxed process; 0: none.
int SignalInSandbox(const std::function<void()>& act) {
  const int status = StatusOf([&] {
    if (EnterSandbox()) act();
    return true;
  });
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

bool IsRefused(long result) {
  return result < 0 && errno == EPERM;
}

bool HasLandlock() {
  return Holds([] { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ForbidFiles().value(); });
}

TEST(Sandbox, RefusesEveryPath) {
  struct stat status {};
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::mkdir("/tmp/sandbox-test", 0700)); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::unlink("/tmp/sandbox-test")); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::rename("/tmp/sandbox-test", "/tmp/other")); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::chdir("/")); }));
  if (kSanitized) return;
  EXPECT_TRUE(IsTrueInSandbox([&] { return IsRefused(::stat("/etc/passwd", &status)); }));
  char target[64];
  EXPECT_TRUE(IsTrueInSandbox([&] { return IsRefused(::readlink("/proc/self/exe", target, sizeof target)); }));
}

TEST(Sandbox, RefusesTheNetwork) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET}) {
    EXPECT_TRUE(IsTrueInSandbox([&] { return IsRefused(::socket(family, SOCK_STREAM, 0)); })) << family;
  }
  int ends[2];
  EXPECT_TRUE(IsTrueInSandbox([&] { return IsRefused(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends)); }));
  EXPECT_TRUE(IsTrueInSandbox([&] { return IsRefused(::pipe(ends)); }));
}

TEST(Sandbox, RefusesToRaiseItsOwnLimits) {
  if (kSanitized) GTEST_SKIP() << "sanitizers ask for limits";
  const rlimit limit{1, 1};
  EXPECT_TRUE(IsTrueInSandbox([&] { return IsRefused(::setrlimit(RLIMIT_CPU, &limit)); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::prctl(PR_SET_DUMPABLE, 1)); }));
  EXPECT_TRUE(IsTrueInSandbox([] { return IsRefused(::prctl(PR_SET_PDEATHSIG, 0)); }));
}

TEST(Sandbox, EndsWhoeverTriesOtherProcesses) {
  const pid_t us = ::getpid();
  char byte = 0;
  const iovec memory{&byte, 1};
  EXPECT_EQ(SignalInSandbox([] { ::execl("/bin/true", "true", nullptr); }), SIGSYS);
  EXPECT_EQ(SignalInSandbox([&] { ::kill(us, SIGTERM); }), SIGSYS);
  EXPECT_EQ(SignalInSandbox([&] { ::tgkill(us, us, SIGTERM); }), SIGSYS);
  EXPECT_EQ(SignalInSandbox([&] { ::ptrace(PTRACE_ATTACH, us, nullptr, nullptr); }), SIGSYS);
  EXPECT_EQ(SignalInSandbox([&] { (void)::process_vm_readv(us, &memory, 1, &memory, 1, 0); }), SIGSYS);
  if (kSanitized) return;
  EXPECT_EQ(SignalInSandbox([] { ::_exit(::fork() == 0 ? 2 : 3); }), SIGSYS);
  EXPECT_EQ(SignalInSandbox([] { ::_exit(::vfork() == 0 ? 2 : 3); }), SIGSYS);
}

TEST(Sandbox, AbortStaysWhatItIs) {
  EXPECT_EQ(SignalInSandbox([] { std::abort(); }), SIGABRT);
}

TEST(Sandbox, BoundsMemoryAndRefusesCode) {
  if (kSanitized) GTEST_SKIP() << "sanitizers map what they like";
  constexpr std::size_t kTooMuch = std::size_t{1} << 30;
  constexpr std::size_t kPage = 4096;
  const auto map = [](std::size_t size, int protection) {
    return ::mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  EXPECT_TRUE(IsTrueInSandbox([&] { return map(kPage, PROT_READ | PROT_WRITE) != MAP_FAILED; }));
  EXPECT_TRUE(IsTrueInSandbox([&] { return map(kTooMuch, PROT_READ) == MAP_FAILED && errno == ENOMEM; }));
  EXPECT_TRUE(IsTrueInSandbox([&] { return map(kPage, PROT_EXEC) == MAP_FAILED && errno == EPERM; }));
  EXPECT_TRUE(IsTrueInSandbox([&] {
    void* const page = map(kPage, PROT_READ | PROT_WRITE);
    return page != MAP_FAILED && IsRefused(::mprotect(page, kPage, PROT_READ | PROT_EXEC));
  }));
}

// Those that are there are in the sandbox as well: Botan decrypts with RSA keys by two threads.
TEST(Sandbox, HoldsThreadsThatAreThereAndStartsNone) {
  if (kSanitized) GTEST_SKIP() << "sanitizers start threads";
  EXPECT_TRUE(Holds([] {
    std::atomic<bool> entered = false;
    bool refused = false;
    std::thread before([&] {
      while (!entered) std::this_thread::yield();
      refused = IsRefused(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    });
    entered = EnterSandbox().ok();
    before.join();
    return entered && refused;
  }));
  EXPECT_TRUE(IsTrueInSandbox([] {
    try {
      std::thread([] {}).join();
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
}

// Landlock alone stands between a thread and a path as long as there is no filter: it must hold the
// threads as well.
TEST(Sandbox, ThreadsAreStartedWithoutPaths) {
  const int status = StatusOf([] {
    std::atomic<bool> entered = false;
    bool filtered = false;
    int code = 0;
    std::thread thread;
    const Result<void> done = EnterSandbox([&]() -> Result<void> {
      std::atomic<bool> looked = false;
      thread = std::thread([&] {
        if (::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0) code = errno;
        looked = true;
        while (!entered) std::this_thread::yield();
        filtered = IsRefused(::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
      });
      while (!looked) std::this_thread::yield();
      return {};
    });
    entered = true;
    thread.join();
    if (!done || !filtered) return false;
    if (code == 0) ::_exit(77);
    return code == EACCES;
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77 && !HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(Sandbox, HidesMemoryFromCoreDumpsAndFromOthers) {
  EXPECT_TRUE(Holds([] {
    rlimit core{};
    return HideMemory() && ::prctl(PR_GET_DUMPABLE) == 0 && ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0;
  }));
}

TEST(Landlock, IsKnownToBeThere) {
  EXPECT_EQ(KernelHasLandlock(), HasLandlock());
  EXPECT_TRUE(IsTrueInSandbox([] { return !KernelHasLandlock(); })) << "as where the kernel refuses the call";
}

TEST(Sandbox, EndsWhatComputesForTooLong) {
  const int status = StatusOf([] {
    const volatile bool forever = true;
    if (!LimitComputing(Milliseconds(1)) || !EnterSandbox()) return false;
    while (forever) {
    }
    return true;
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) << status;
}

// By itself, without the filter of system calls.
TEST(Landlock, RefusesPathsAndKeepsWhatIsOpen) {
  const int status = StatusOf([] {
    const int open = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    const Result<bool> forbidden = ForbidFiles();
    if (forbidden && !*forbidden) ::_exit(77);
    char byte = 0;
    const auto denied = [](long result) { return result < 0 && errno == EACCES; };
    return forbidden.ok() && denied(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)) &&
           denied(::mkdir("/tmp/landlock-test", 0700)) && ::read(open, &byte, 1) == 1;
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace gateway::opener
