#include "cli/operator_session.h"

#include <string>
#include <string_view>
#include <utility>

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "config/loader.h"
#include "ledger/error_codes.h"
#include "operations/error_sentences.h"

namespace gateway::cli {

int PrintError(const Error& error) {
  const std::string_view text = error.detail.empty() ? operations::SentenceOf(error.code) : error.detail;
  Err() << "dicom-mail-gateway: " << error.code;
  if (!text.empty()) Err() << ": " << text;
  Err() << "\n";
  return error.fault == Fault::config ? kExitConfig : kExitFailure;
}

int PrintError(const RefusalWords& words) {
  return PrintError(Permanent(words.code, std::string(words.text)));
}

int PrintNotDone(const ledger::NotDone& not_done, Asked asked) {
  const int exit_code = PrintError(
      not_done.failure() != nullptr ? *not_done.failure()
                                    : ErrorNamed(Fault::permanent, not_done.code, WordsOf(*not_done.refusal(), asked)));
  return Is(not_done, codes::kNoSuchItem) ? kExitNoSuchItem : exit_code;
}

std::unique_ptr<OperatorSession> LoadSettings(const std::filesystem::path& config, int& exit_code) {
  operations::Configured configured = operations::ReadConfiguration(config);
  for (const config::Diagnostic& mistake : configured.mistakes) Err() << config::Format(mistake) << "\n";
  if (!configured.session) exit_code = kExitConfig;
  return std::move(configured.session);
}

std::unique_ptr<OperatorSession> OpenSession(const std::filesystem::path& config, int& exit_code) {
  std::unique_ptr<OperatorSession> session = LoadSettings(config, exit_code);
  if (!session) return nullptr;
  if (const Result<void> opened = operations::OpenState(*session); !opened) {
    exit_code = PrintError(opened.error());
    return nullptr;
  }
  return session;
}

}  // namespace gateway::cli
