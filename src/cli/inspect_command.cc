#include "cli/inspect_command.h"

#include <unistd.h>

#include <string_view>

#include "cli/exit_codes.h"
#include "cli/inspect_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "opener/error_codes.h"

namespace gateway::cli {
namespace {

constexpr int kExitUnreadable = 2;

// Calls only what a signal handler may call.
void SayThatItTakesTooLong(int /*signal*/) {
  for (const std::string_view words : {std::string_view("dicom-mail-gateway: "), codes::kOpenCpuTime.name,
                                       std::string_view(": it took too much computing to inspect\n")}) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, words.data(), words.size());
  }
  ::_exit(kExitUnreadable);
}

}  // namespace

int Inspect(const InspectOptions& options, bool json) {
  if (!operations::IsCharacterSet(options.character_set)) {
    Err() << "dicom-mail-gateway: '" << options.character_set
          << "' is no character set: ISO_IR 100, ISO_IR 144, GB18030\n";
    return kExitUsage;
  }
  const Result<inspect::Findings> findings = operations::InspectMails(options, SayThatItTakesTooLong);
  if (!findings) {
    (void)PrintError(findings.error());
    return kExitUnreadable;
  }
  Out().Lines(json ? FindingsAsJson(*findings) : FindingsAsText(*findings));
  return findings->clean() ? kExitOk : kExitFailure;
}

}  // namespace gateway::cli
