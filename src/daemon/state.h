// Everything that stays while the configuration changes: the spool, the ledger, and the listening
// sockets.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "dicom/listeners.h"
#include "gateway/result.h"
#include "gateway/settings/dicom.h"
#include "gateway/surroundings.h"
#include "ledger/store/database.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::daemon {

class State {
 public:
  // Opens or creates the state directory and its ledger, and puts orphans aside. Errors: those of
  // spool::Spool::Open() and ledger::Database::Open().
  static Result<std::unique_ptr<State>> Open(const std::filesystem::path& state_dir);
  // Errors: those of dicom::Listeners::Open().
  Result<void> Listen(const DicomSettings& settings);
  [[nodiscard]] Surroundings surroundings() { return {*spool, space, *database, clock}; }

  SystemClock clock;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<ledger::Database> database;
  std::shared_ptr<const dicom::Listeners> listeners;  // null before Listen()
  spool::SpaceGuard space;                            // each generation gives it its settings

 private:
  State(std::unique_ptr<spool::Spool> opened_spool, std::unique_ptr<ledger::Database> opened_database);
};

}  // namespace gateway::daemon
