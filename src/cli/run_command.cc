#include "cli/run_command.h"

#include <sys/resource.h>

#include <utility>

#include "base/heap.h"
#include "base/secret.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "config/loader.h"
#include "daemon/daemon.h"
#include "telemetry/events.h"
#include "telemetry/log.h"

namespace gateway::cli {
namespace {

// A joined mail is opened with all its fragments at once, and each association needs a socket and a
// file.
void AllowManyFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int Run(const std::filesystem::path& config) {
  ForbidCoreDumps();
  KeepFreedMemory();
  config::Loaded loaded = config::Load(config);
  for (const config::Diagnostic& mistake : loaded.mistakes) {
    Err() << ErrorPrefix() << config::Format(mistake) << "\n";
  }
  if (config::HasMistakes(loaded)) return kExitConfig;
  if (const Result<void> log = OpenLog(loaded.settings.gateway.log); !log) {
    Err() << ErrorPrefix() << "dicom-mail-gateway: " << log.error().detail << "\n";
    return log.error().fault == Fault::config ? kExitConfig : kExitFailure;
  }
  // A share for documents that is not mounted yet holds up nothing else.
  for (const config::Diagnostic& away : loaded.mistakes) events::PathUnavailable(config::Format(away));
  AllowManyFiles();
  const Result<void> ran = daemon::RunUntilStopped(std::move(loaded.settings));
  if (!ran) {
    Err() << ErrorPrefix() << "dicom-mail-gateway: " << ran.error().code << ": " << ran.error().detail << "\n";
  }
  FlushLog();
  if (ran) return kExitOk;
  return ran.error().fault == Fault::config ? kExitConfig : kExitFailure;
}

}  // namespace gateway::cli
