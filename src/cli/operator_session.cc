#include "cli/operator_session.h"

#include "cli/exit_codes.h"
#include "cli/output.h"
#include "ledger/error_codes.h"
#include "spool/node_id.h"

namespace gateway::cli {

int PrintError(const Error& error) {
  Err() << "dicom-mail-gateway: " << error.code;
  if (!error.detail.empty()) Err() << ": " << error.detail;
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
  config::Loaded loaded = config::Load(config, config::NamedFiles::may_be_missing);
  for (const config::Diagnostic& mistake : loaded.mistakes) Err() << config::Format(mistake) << "\n";
  if (!loaded.mistakes.empty()) {
    exit_code = kExitConfig;
    return nullptr;
  }
  auto session = std::make_unique<OperatorSession>();
  session->settings = std::move(loaded.settings);
  return session;
}

Result<void> OpenState(OperatorSession& session) {
  session.daemon_runs = spool::Spool::DaemonRuns(session.settings.gateway.state_dir);
  session.spool = spool::Spool::View(session.settings.gateway.state_dir);
  // The claim of this machine's daemon is void once that daemon has ended. The claim of another
  // node is not.
  const Result<std::string> node = spool::ReadNodeId(session.settings.gateway.state_dir);
  GATEWAY_ASSIGN(session.database, ledger::Database::Open(session.spool->LedgerFile(), ledger::OpenMode::existing,
                                                          node ? *node : std::string()));
  session.ledger = std::make_unique<ledger::OperatorLedger>(*session.database);
  return {};
}

std::unique_ptr<OperatorSession> OpenSession(const std::filesystem::path& config, int& exit_code) {
  std::unique_ptr<OperatorSession> session = LoadSettings(config, exit_code);
  if (!session) return nullptr;
  if (const Result<void> opened = OpenState(*session); !opened) {
    exit_code = PrintError(opened.error());
    return nullptr;
  }
  return session;
}

}  // namespace gateway::cli
