#include "inbound/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

namespace gateway::inbound {
namespace {

// Whether `act` gives true in a sandboxed process.
bool InSandbox(const std::function<bool()>& act) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(EnterSandbox() && act() ? 0 : 1);
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool IsRefused(int result) {
  return result < 0 && errno == EPERM;
}

TEST(Sandbox, RefusesFilesSocketsAndProcesses) {
  EXPECT_TRUE(InSandbox([] { return IsRefused(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }));
  EXPECT_TRUE(InSandbox([] { return IsRefused(::socket(AF_INET, SOCK_STREAM, 0)); }));
  EXPECT_TRUE(InSandbox([] { return IsRefused(::fork()); }));
  EXPECT_TRUE(InSandbox([] { return IsRefused(::execl("/bin/true", "true", nullptr)); }));
}

// Botan decrypts with RSA keys by two threads. They are in the sandbox as well.
TEST(Sandbox, LetsThreadsStartAndHoldsThem) {
  EXPECT_TRUE(InSandbox([] {
    bool refused = false;
    std::thread([&] { refused = IsRefused(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }).join();
    return refused;
  }));
}

}  // namespace
}  // namespace gateway::inbound
