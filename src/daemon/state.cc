#include "daemon/state.h"

#include <string>
#include <utility>

#include "daemon/upkeep.h"
#include "ledger/away_destinations.h"
#include "ledger/known_files.h"
#include "spool/file_system.h"
#include "spool/node_id.h"
#include "telemetry/events.h"

namespace gateway::daemon {

State::State(std::unique_ptr<spool::Spool> opened_spool, std::unique_ptr<ledger::Database> opened_database)
    : spool(std::move(opened_spool)), database(std::move(opened_database)), space(*spool, clock) {}

Result<std::unique_ptr<State>> State::Open(const std::filesystem::path& state_dir) {
  GATEWAY_ASSIGN(std::unique_ptr<spool::Spool> spool, spool::Spool::Open(state_dir));
  if (const std::string warning = spool::WarningOf(spool::FileSystemOf(state_dir)); !warning.empty()) {
    events::StateDirectoryUnsafe(state_dir.string(), warning);
  }
  GATEWAY_ASSIGN(std::string node, spool::MakeNodeId(state_dir));
  GATEWAY_ASSIGN(std::unique_ptr<ledger::Database> database,
                 ledger::Database::Open(spool->LedgerFile(), ledger::OpenMode::create, std::move(node)));
  std::unique_ptr<State> state(new State(std::move(spool), std::move(database)));
  // Nobody has tried any destination since this start.
  GATEWAY_TRY(ledger::AwayDestinations(*state->database).Forget());
  ledger::KnownFiles files(*state->database);
  // No pipeline runs yet, so a file that the ledger does not know is no file on its way.
  GATEWAY_TRY(RemoveOrphans(*state->spool, files));
  state->spool->Started();
  return state;
}

Result<void> State::Listen(const DicomSettings& settings) {
  GATEWAY_ASSIGN(listeners, dicom::Listeners::Open(settings));
  return {};
}

}  // namespace gateway::daemon
