#include "inbound/document_scanner.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>
#include <thread>

#include "base/handles.h"
#include "inbound/error_codes.h"
#include "policy/worker.h"

namespace gateway::inbound {
namespace {

constexpr std::chrono::seconds kScanTime{120};
constexpr int kReport = 3;  // errno goes to this descriptor if the program cannot be started

// This is prepared before the fork. After it, because there are other threads, only system calls
// are allowed.
struct Command {
  std::string program;
  std::string argument;
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  sigset_t watched{};
  pid_t parent = ::getpid();

  Command(const std::filesystem::path& scanner, const std::filesystem::path& file)
      : program(scanner.string()), argument(file.string()) {
    sigemptyset(&watched);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGCHLD);
  }
};

[[noreturn]] void BecomeScanner(Command& command) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  char* const arguments[] = {command.program.data(), command.argument.data(), nullptr};
  char* const environment[] = {command.path.data(), nullptr};
  (void)::execve(command.program.c_str(), arguments, environment);
  const int failure = errno;
  (void)!::write(kReport, &failure, sizeof failure);
  ::_exit(1);
}

// After this, only `report` is shared with the gateway: not its locks, and not its connections.
void LeaveGateway(int report) {
  if (report == kReport) {
    (void)::fcntl(kReport, F_SETFD, FD_CLOEXEC);
  } else {
    (void)::dup3(report, kReport, O_CLOEXEC);
  }
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) (void)::dup2(nothing, standard);
  (void)::close_range(kReport + 1, ~0U, 0);
  for (const int number : {SIGPIPE, SIGTERM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGUSR1}) {
    (void)::signal(number, SIG_DFL);
  }
}

// Runs the keeper of the scanner, which is the leader of its process group and ends as the scanner
// does. If the gateway dies, even by SIGKILL, the kernel tells the keeper, and the keeper ends the
// whole group.
[[noreturn]] void Keep(Command& command, int report) {
  if (::setpgid(0, 0) != 0) ::_exit(1);
  (void)::sigprocmask(SIG_SETMASK, &command.watched, nullptr);
  LeaveGateway(report);
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != command.parent) ::_exit(1);
  const pid_t scanner = ::_Fork();
  if (scanner == 0) BecomeScanner(command);
  if (scanner < 0) {
    const int failure = errno;
    (void)!::write(kReport, &failure, sizeof failure);
    ::_exit(1);
  }
  (void)::close(kReport);
  while (true) {
    int number = 0;
    (void)::sigwait(&command.watched, &number);
    if (number == SIGTERM) ::kill(0, SIGKILL);
    int status = 0;
    if (::waitpid(scanner, &status, WNOHANG) != scanner) continue;
    if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
    ::kill(::getpid(), SIGKILL);
  }
}

// Ends the group and reaps its leader. The group exists as long as its leader is not reaped.
int EndGroup(pid_t leader) {
  int status = 0;
  ::kill(-leader, SIGKILL);
  ::kill(leader, SIGKILL);  // if it is no leader yet
  while (::waitpid(leader, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

enum class End { by_itself, too_late, interrupted };

End Await(pid_t keeper) {
  const auto deadline = std::chrono::steady_clock::now() + kScanTime;
  std::chrono::milliseconds pause{1};
  while (true) {
    siginfo_t ended{};
    const int waited = ::waitid(P_PID, static_cast<id_t>(keeper), &ended, WEXITED | WNOHANG | WNOWAIT);
    if (waited == 0 && ended.si_pid == keeper) return End::by_itself;
    if (waited < 0 && errno != EINTR) return End::too_late;
    if (WorkerIsToStop()) return End::interrupted;
    if (std::chrono::steady_clock::now() >= deadline) return End::too_late;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(50));
  }
}

Error CannotStart(int failure) {
  return Transient(codes::kScannerFailed,
                   "document_scanner cannot be started: " + std::generic_category().message(failure));
}

}  // namespace

Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return CannotStart(errno);
  const UniqueFd report(ends[0]);
  UniqueFd write_end(ends[1]);
  Command command(scanner, file);
  const pid_t keeper = ::_Fork();
  if (keeper == 0) Keep(command, write_end.get());
  if (keeper < 0) return CannotStart(errno);
  write_end = UniqueFd();
  const End end = Await(keeper);
  const int status = EndGroup(keeper);
  if (end == End::interrupted) return Transient(codes::kScannerInterrupted, "the gateway stops");
  if (end == End::too_late) return Transient(codes::kScannerFailed, "document_scanner did not end within two minutes");
  int failure = 0;
  if (::read(report.get(), &failure, sizeof failure) == sizeof failure) return CannotStart(failure);
  if (!WIFEXITED(status)) return Transient(codes::kScannerFailed, "document_scanner was killed");
  const int code = WEXITSTATUS(status);
  if (code == 0) return {};
  if (code == 1) return Corrupt(codes::kDocumentInfected, "document_scanner says so");
  return Transient(codes::kScannerFailed, "document_scanner ended with " + std::to_string(code));
}

}  // namespace gateway::inbound
