// What every operator command needs: the configuration, the spool and the ledger, beside a running daemon or without.
#pragma once

#include <filesystem>
#include <memory>

#include "config/loader.h"
#include "gateway/result.h"
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

// In two steps: the settings alone (nullptr: mistakes were printed), then the rest. No command reads a secret: the
// files that the configuration names need not be there.
std::unique_ptr<OperatorSession> LoadSettings(const std::filesystem::path& config, int& exit_code);
Result<void> OpenState(OperatorSession& session);
// Both. Prints what is wrong to standard error; the exit code is then in `exit_code`.
std::unique_ptr<OperatorSession> OpenSession(const std::filesystem::path& config, int& exit_code);

// "dicom-mail-gateway: CODE: DETAIL" to standard error; returns the exit code for it.
int PrintError(const Error& error);

}  // namespace gateway::cli
