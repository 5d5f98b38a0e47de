// Opens what every function for operators works with: the configuration, the spool and the ledger.
// It works beside a running daemon and without one.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "config/loader.h"
#include "gateway/result.h"
#include "operations/operator_context.h"

namespace gateway::operations {

struct OperatorSession {
  Settings settings;
  std::unique_ptr<spool::Spool> spool;
  std::unique_ptr<ledger::Database> database;
  bool daemon_runs = false;

  [[nodiscard]] OperatorContext Context() const { return {settings, *spool, *database, daemon_runs}; }
};

struct Configured {
  std::unique_ptr<OperatorSession> session;  // nullptr if there are mistakes
  std::vector<config::Diagnostic> mistakes;
};

// These load in two steps: first only the settings, and then the rest. No operator's command reads
// a secret, so the files that the configuration names need not exist.
Configured ReadConfiguration(const std::filesystem::path& file);
Result<void> OpenState(OperatorSession& session);

}  // namespace gateway::operations
