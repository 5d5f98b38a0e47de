#include "daemon/signals.h"

#include <systemd/sd-daemon.h>

#include <cstring>
#include <ctime>

#include "telemetry/events.h"
#include "telemetry/log.h"

namespace gateway::daemon {
namespace {

constexpr std::time_t kWatchdogSeconds = 5;

std::string NameOf(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

}  // namespace

Signals::Signals() {
  sigfillset(&set_);
  // These signals are not blocked. The signals of a defect go to the thread that has it. SIGCHLD,
  // SIGWINCH and SIGURG do nothing, and the last four stop and continue what runs at a terminal.
  // SIGXCPU comes from a limit that somebody set.
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP, SIGXCPU, SIGCHLD, SIGWINCH,
                           SIGURG, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU}) {
    sigdelset(&set_, signal);
  }
  // A write into a closed connection, or beyond a limit of file size, then fails with an error.
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    sigdelset(&set_, signal);
    (void)std::signal(signal, SIG_IGN);
  }
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

std::string Signals::Wait() {
  while (true) {
    const timespec timeout{kWatchdogSeconds, 0};
    const int signal = ::sigtimedwait(&set_, nullptr, &timeout);
    ::sd_notify(0, "WATCHDOG=1");
    switch (signal) {
      case -1:
        break;
      case SIGTERM:
      case SIGINT:
      case SIGQUIT:
        return NameOf(signal);
      case SIGHUP:
      case SIGUSR1:
        if (log::Reopen()) {
          events::LogReopened(NameOf(signal), "the configuration was not read again: a change in it needs a restart");
        }
        break;
      default:
        events::SignalIgnored(NameOf(signal));
    }
  }
}

}  // namespace gateway::daemon
