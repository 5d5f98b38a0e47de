// Deletes from the ledger, in small steps, what was done longer than `retention.rows` ago.
#pragma once

#include <cstddef>
#include <stop_token>

#include "base/clock.h"
#include "gateway/settings/retention.h"
#include "ledger/care/row_retention.h"

namespace gateway::daemon {

// One thread uses it. References must outlive it.
class RowSweeper {
 public:
  RowSweeper(const RetentionSettings& settings, ledger::Database& database, const Clock& clock)
      : settings_(settings), rows_(database), clock_(clock) {}

  // The step of a worker.
  Milliseconds Step(const std::stop_token& stop);

 private:
  const RetentionSettings settings_;
  ledger::RowRetention rows_;
  const Clock& clock_;
  std::size_t forgotten_ = 0;  // rows that this walk has deleted
};

}  // namespace gateway::daemon
