// The signals that the daemon waits for. Only SIGKILL and the signals of its own defects kill it.
#pragma once

#include <csignal>
#include <string>

namespace gateway::daemon {

// Must be made before any thread starts. It blocks the signals in all threads, so that only Wait()
// gets them.
class Signals {
 public:
  Signals();
  // Waits until SIGTERM, SIGINT or SIGQUIT comes, and returns its name. SIGHUP and SIGUSR1 open the
  // log anew. Other signals are logged and ignored. Meanwhile it feeds systemd's watchdog.
  std::string Wait();

 private:
  sigset_t set_{};
};

}  // namespace gateway::daemon
