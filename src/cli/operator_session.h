// Holds what every operator command needs: the configuration, the spool and the ledger. It works
// beside a running daemon and without one.
#pragma once

#include <filesystem>
#include <memory>

#include "cli/refusal_text.h"
#include "config/loader.h"
#include "gateway/result.h"
#include "ledger/act_outcome.h"
#include "ledger/operator_ledger.h"
#include "ledger/store/database.h"
#include "operations/operator_context.h"
#include "spool/spool.h"

namespace gateway::cli {

struct OperatorSession {
  Settings settings;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<ledger::Database> database;
  std::unique_ptr<ledger::OperatorLedger> ledger;
  bool daemon_runs = false;

  [[nodiscard]] operations::OperatorContext Context() const { return {settings, *spool, *database, daemon_runs}; }
};

// These load in two steps: first only the settings (nullptr: mistakes were printed), and then the
// rest. No command reads a secret, so the files that the configuration names need not exist.
std::unique_ptr<OperatorSession> LoadSettings(const std::filesystem::path& config, int& exit_code);
Result<void> OpenState(OperatorSession& session);
// Takes both steps. If something is wrong, it prints that to standard error and sets `exit_code`.
std::unique_ptr<OperatorSession> OpenSession(const std::filesystem::path& config, int& exit_code);

// These print "dicom-mail-gateway: CODE: DETAIL" to standard error, and return the exit code for it.
int PrintError(const Error& error);
int PrintError(const RefusalWords& words);
// For an item that does not exist, the exit code is kExitNoSuchItem.
int PrintNotDone(const ledger::NotDone& not_done, Asked asked);

}  // namespace gateway::cli
