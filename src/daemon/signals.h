// The signals that the daemon waits for. No signal kills it but SIGKILL and those of its own defects.
#pragma once

#include <csignal>
#include <string>

namespace gateway::daemon {

// Made before any thread starts: blocked in all of them, so that only Wait() gets them.
class Signals {
 public:
  Signals();
  // Until SIGTERM, SIGINT or SIGQUIT; the name of the one that came. SIGHUP and SIGUSR1 open the log anew, others are
  // logged and ignored. Feeds systemd's watchdog meanwhile.
  std::string Wait();

 private:
  sigset_t set_{};
};

}  // namespace gateway::daemon
