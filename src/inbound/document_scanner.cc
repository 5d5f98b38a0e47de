#include "inbound/document_scanner.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <system_error>
#include <thread>

#include "base/handles.h"
#include "base/trusted_path.h"
#include "inbound/error_codes.h"
#include "policy/error_codes.h"
#include "policy/worker.h"

namespace gateway::inbound {
namespace {

constexpr int kFailure = 3;  // errno goes to this descriptor if the program cannot be started

constexpr int kNoVerdict = 255;  // the program never ran; 1 would say that it found something

// Everything is prepared before the fork. Behind it, only system calls are allowed, because there
// are other threads.
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

[[noreturn]] void Fail(int failure) {
  (void)!::write(kFailure, &failure, sizeof failure);
  ::_exit(kNoVerdict);
}

// The scanner gets its own process group, so that a signal which it sends to its group does not
// reach the keeper.
[[noreturn]] void BecomeScanner(Command& command) {
  (void)::setpgid(0, 0);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
  char* const arguments[] = {command.program.data(), command.argument.data(), nullptr};
  char* const environment[] = {command.path.data(), nullptr};
  (void)::execve(command.program.c_str(), arguments, environment);
  Fail(errno);
}

// The keeper shares only `failure_end` with the gateway, and neither its locks nor its connections.
// If this is not possible, the scanner does not run.
void LeaveGateway(int failure_end) {
  if (failure_end == kFailure) {
    if (::fcntl(kFailure, F_SETFD, FD_CLOEXEC) != 0) ::_exit(kNoVerdict);
  } else if (::dup3(failure_end, kFailure, O_CLOEXEC) != kFailure) {
    ::_exit(kNoVerdict);
  }
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing < 0) Fail(errno);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(nothing, standard) != standard) Fail(errno);
  }
  if (::close_range(kFailure + 1, ~0U, 0) != 0) Fail(errno);
  for (const int number : {SIGPIPE, SIGTERM, SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGUSR1}) {
    (void)::signal(number, SIG_DFL);
  }
}

// Sends SIGKILL to each child of this process. Returns false if it cannot see them.
bool KillChildren() {
  const int list = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (list < 0) return false;
  pid_t child = 0;
  char text[512];
  for (ssize_t count = 0; (count = ::read(list, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < count; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        child = child * 10 + (text[i] - '0');
      } else if (child > 0) {
        ::kill(child, SIGKILL);
        child = 0;
      }
    }
  }
  if (child > 0) ::kill(child, SIGKILL);
  ::close(list);
  return true;
}

// Ends the scanner and all that it started. A process that left the scanner's group and whose
// parent died is a child of the keeper.
void EndAll(pid_t scanner) {
  constexpr timespec kPause{0, 10'000'000};
  // A process that the kernel does not let go must not keep the gateway for ever.
  constexpr int kTries = 500;
  ::kill(-scanner, SIGKILL);
  for (int i = 0; i < kTries; ++i) {
    const bool sees = KillChildren();
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0 || !sees) return;
    (void)::nanosleep(&kPause, nullptr);
  }
}

// Reaps processes that have ended. Returns true if the scanner is one of them, and sets its status.
bool HasEnded(pid_t scanner, int& status) {
  bool has_ended = false;
  int of_one = 0;
  for (pid_t ended = 0; (ended = ::waitpid(-1, &of_one, WNOHANG)) > 0;) {
    if (ended != scanner) continue;
    status = of_one;
    has_ended = true;
  }
  return has_ended;
}

// The scanner's keeper. Processes that the scanner starts and does not wait for become the keeper's
// children. The keeper ends as the scanner does, and ends all of them before. When the gateway
// dies, even by SIGKILL, the kernel tells the keeper.
[[noreturn]] void Keep(Command& command, int failure_end) {
  if (::setpgid(0, 0) != 0) ::_exit(kNoVerdict);
  (void)::sigprocmask(SIG_SETMASK, &command.watched, nullptr);
  LeaveGateway(failure_end);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) Fail(errno);
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != command.parent) ::_exit(kNoVerdict);
  const pid_t scanner = ::_Fork();
  if (scanner == 0) BecomeScanner(command);
  if (scanner < 0) Fail(errno);
  (void)::setpgid(scanner, scanner);  // both processes do this, and the first one succeeds
  (void)::close(kFailure);
  int status = 0;
  int number = SIGCHLD;
  while (number != SIGTERM && !HasEnded(scanner, status)) (void)::sigwait(&command.watched, &number);
  EndAll(scanner);
  if (number != SIGTERM && WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
  ::kill(::getpid(), SIGKILL);
  ::_exit(kNoVerdict);
}

// Has the keeper end all its processes, if it has not done so yet, and reaps it.
int EndKeeper(pid_t keeper) {
  constexpr std::chrono::milliseconds kPause{5};
  constexpr int kTries = 2000;  // twice as long as the keeper takes at most
  int status = 0;
  for (int i = 0; i < kTries; ++i) {
    ::kill(keeper, SIGTERM);
    ::kill(keeper, SIGCONT);  // the scanner may have stopped it
    const pid_t ended = ::waitpid(keeper, &status, WNOHANG);
    if (ended == keeper || (ended < 0 && errno != EINTR)) return status;
    std::this_thread::sleep_for(kPause);
  }
  ::kill(keeper, SIGKILL);
  while (::waitpid(keeper, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

enum class End { by_itself, too_late, interrupted };

End Await(pid_t keeper, Milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::chrono::milliseconds pause{1};
  while (true) {
    siginfo_t ended{};
    const int waited = ::waitid(P_PID, static_cast<id_t>(keeper), &ended, WEXITED | WSTOPPED | WNOHANG | WNOWAIT);
    const bool is_about_keeper = waited == 0 && ended.si_pid == keeper;
    // A scanner that stops its keeper would get all of its time.
    if (is_about_keeper && ended.si_code == CLD_STOPPED) {
      ::kill(keeper, SIGCONT);
    } else if (is_about_keeper) {
      return End::by_itself;
    }
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

Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file, Milliseconds limit) {
  if (const auto trusted = CheckTrustedProgram(scanner); !trusted) {
    return Transient(codes::kScannerFailed, "document_scanner is not to be trusted: " + trusted.error().detail);
  }
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return CannotStart(errno);
  const UniqueFd failure_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Command command(scanner, file);
  const pid_t keeper = ::_Fork();
  if (keeper == 0) Keep(command, write_end.get());
  if (keeper < 0) return CannotStart(errno);
  write_end = UniqueFd();
  const End end = Await(keeper, limit);
  const int status = EndKeeper(keeper);
  if (end == End::interrupted) return Transient(codes::kScannerInterrupted, "the gateway stops");
  if (end == End::too_late) {
    return Transient(codes::kScannerSlow,
                     "document_scanner did not end within " + std::to_string(limit.count() / 1000) + " seconds");
  }
  int failure = 0;
  if (::read(failure_end.get(), &failure, sizeof failure) == sizeof failure) return CannotStart(failure);
  if (!WIFEXITED(status)) return Transient(codes::kScannerFailed, "document_scanner was killed");
  const int code = WEXITSTATUS(status);
  if (code == 0) return {};
  if (code == 1) return Corrupt(codes::kDocumentInfected, "document_scanner says so");
  return Transient(codes::kScannerFailed, "document_scanner ended with " + std::to_string(code));
}

}  // namespace gateway::inbound
