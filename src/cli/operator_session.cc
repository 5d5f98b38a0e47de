#include "cli/operator_session.h"

#include <iostream>

#include "base/events.h"
#include "cli/exit_codes.h"

namespace gateway::cli {

int Report(const Error& error) {
  std::cerr << "dicom-mail-gateway: " << error.code;
  if (!error.detail.empty()) std::cerr << ": " << error.detail;
  std::cerr << "\n";
  return error.fault == Fault::config ? kExitConfig : kExitFailure;
}

void OpenOperatorLog(const OperatorSession& session) {
  if (session.settings.gateway.log.file == "-") return;
  if (const Result<void> log = OpenLog(session.settings.gateway.log); !log) (void)Report(log.error());
}

void LogOperator(std::string_view what, ItemId item) {
  events::OperatorActed(what, Format(item));
  FlushLog();
}

std::unique_ptr<OperatorSession> OpenSession(const std::filesystem::path& config, int& exit_code) {
  config::Loaded loaded = config::Load(config);
  for (const config::Diagnostic& mistake : loaded.mistakes) std::cerr << config::Format(mistake) << "\n";
  if (!loaded.mistakes.empty()) {
    exit_code = kExitConfig;
    return nullptr;
  }
  auto session = std::make_unique<OperatorSession>();
  session->settings = std::move(loaded.settings);
  session->daemon_runs = spool::Spool::DaemonRuns(session->settings.gateway);
  session->spool = spool::Spool::View(session->settings.gateway);
  Result<std::unique_ptr<ledger::Database>> database =
      ledger::Database::Open(session->spool->LedgerFile(), ledger::OpenMode::existing);
  if (!database) {
    exit_code = Report(database.error());
    return nullptr;
  }
  session->database = std::move(database).value();
  session->ledger = std::make_unique<ledger::OperatorLedger>(*session->database);
  return session;
}

}  // namespace gateway::cli
