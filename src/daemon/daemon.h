// The running gateway. It makes everything that lives as long as the daemon, starts both pipelines
// and the upkeep beside them, and stops them again.
#pragma once

#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::daemon {

// Runs until SIGTERM, SIGINT or SIGQUIT. SIGHUP opens the log file anew. It tells systemd when the
// gateway is ready, that it lives, and that it stops (sd_notify). The log must be open. An error
// means that the gateway did not start, and the log says so. The fault is `config` if a start can
// succeed only after a person has changed something.
Result<void> RunUntilStopped(Settings settings);

}  // namespace gateway::daemon
