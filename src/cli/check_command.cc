#include "cli/check_command.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "cli/check_text.h"
#include "cli/exit_codes.h"
#include "cli/output.h"
#include "config/loader.h"
#include "operations/check.h"

namespace gateway::cli {
namespace {

std::string Count(std::ptrdiff_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

// A fault that may pass by itself is no mistake in the configuration, and does not count as one.
int TellMistakes(const config::Loaded& loaded) {
  for (const config::Diagnostic& found : loaded.mistakes) Err() << config::Format(found) << "\n";
  const std::ptrdiff_t away = std::count_if(loaded.mistakes.begin(), loaded.mistakes.end(),
                                            [](const config::Diagnostic& found) { return found.may_pass; });
  const std::ptrdiff_t mistakes = static_cast<std::ptrdiff_t>(loaded.mistakes.size()) - away;
  if (mistakes > 0) Err() << Count(mistakes, "mistake", "mistakes") << "\n";
  if (away > 0) {
    Err() << Count(away, "thing is", "things are")
          << " not there or not free now, and may be so later without a change of the configuration\n";
  }
  return mistakes > 0 ? kExitConfig : kExitFailure;
}

void PrintSummary(const Settings& settings) {
  Out() << "configuration of " << settings.gateway.name << " is good\n"
        << "  listens on     " << settings.dicom.bind << ":" << settings.dicom.port << " as " << settings.dicom.ae_title
        << ", " << Count(static_cast<std::ptrdiff_t>(settings.dicom.callers.size()), "caller", "callers") << "\n"
        << "  mailboxes      " << settings.mailboxes.size() << "\n"
        << "  partners       " << settings.partners.size() << "\n"
        << "  PACS           " << settings.pacs.size() << "\n"
        << "  outbound rules " << settings.routes.outbound.size() << "\n"
        << "  inbound rules  " << settings.routes.inbound.size() << "\n";
}

}  // namespace

int Check(const std::filesystem::path& config) {
  const operations::Checked checked = operations::CheckConfiguration(config);
  if (!checked.loaded.mistakes.empty()) return TellMistakes(checked.loaded);
  PrintSummary(checked.loaded.settings);
  for (const operations::CheckNote& note : checked.notes) Out() << TextOf(note) << "\n";
  return kExitOk;
}

}  // namespace gateway::cli
