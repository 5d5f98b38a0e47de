// Holds what the functions for operators need. They work beside a running daemon and without one.
#pragma once

#include "gateway/settings.h"
#include "ledger/store/database.h"
#include "spool/spool.h"

namespace gateway::operations {

// The references must outlive it.
struct OperatorContext {
  const Settings& settings;
  const spool::Spool& spool;
  ledger::Database& database;
  bool daemon_runs = false;
};

}  // namespace gateway::operations
