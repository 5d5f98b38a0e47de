#include "operations/operator_session.h"

#include <string>
#include <utility>

#include "spool/node_id.h"

namespace gateway::operations {

Configured ReadConfiguration(const std::filesystem::path& file) {
  config::Loaded loaded = config::Load(file, config::NamedFiles::may_be_missing);
  Configured configured;
  configured.mistakes = std::move(loaded.mistakes);
  if (!configured.mistakes.empty()) return configured;
  configured.session = std::make_unique<OperatorSession>();
  configured.session->settings = std::move(loaded.settings);
  return configured;
}

Result<void> OpenState(OperatorSession& session) {
  session.daemon_runs = spool::Spool::DaemonRuns(session.settings.gateway.state_dir);
  session.spool = spool::Spool::View(session.settings.gateway.state_dir);
  // The claim of this machine's daemon is void once that daemon has ended. The claim of another
  // node is not.
  const Result<std::string> node = spool::ReadNodeId(session.settings.gateway.state_dir);
  GATEWAY_ASSIGN(session.database, ledger::Database::Open(session.spool->LedgerFile(), ledger::OpenMode::existing,
                                                          node ? *node : std::string()));
  return {};
}

}  // namespace gateway::operations
