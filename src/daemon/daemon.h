// The running gateway: makes everything that lives as long as the daemon, starts both pipelines and the upkeep beside
// them, and stops them again.
#pragma once

#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::daemon {

// Runs until SIGTERM, SIGINT or SIGQUIT; SIGHUP opens the log file anew. Tells systemd when the gateway is ready, that
// it lives, and that it stops (sd_notify). The log must be open. An error: it did not start, and the log says so; fault
// `config` where a start can only succeed after a person has changed something.
Result<void> RunUntilStopped(Settings settings);

}  // namespace gateway::daemon
