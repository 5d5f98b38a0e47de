// `dicom-mail-gateway run`: the daemon.
#pragma once

#include <filesystem>

namespace gateway::cli {

// Runs in the foreground until SIGTERM or SIGINT. SIGHUP opens the log file anew. Returns the exit
// code: 0, 78 for a configuration that cannot be used, or 1 otherwise. It tells systemd when the
// gateway is ready, and that it lives (sd_notify).
int Run(const std::filesystem::path& config);

}  // namespace gateway::cli
