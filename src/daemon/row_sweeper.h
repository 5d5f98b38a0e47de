// Lets the ledger forget, in small steps, what is done for longer than `retention.rows`.
#pragma once

#include <cstddef>
#include <stop_token>

#include "base/clock.h"
#include "gateway/settings/retention.h"
#include "ledger/care/row_retention.h"

namespace gateway::daemon {

// References must outlive it; one thread.
class RowSweeper {
 public:
  RowSweeper(const RetentionSettings& settings, ledger::Database& database, const Clock& clock)
      : settings_(settings), rows_(database), clock_(clock) {}

  // A worker's step.
  Milliseconds Step(const std::stop_token& stop);

 private:
  const RetentionSettings settings_;
  ledger::RowRetention rows_;
  const Clock& clock_;
  std::size_t forgotten_ = 0;  // in this walk
};

}  // namespace gateway::daemon
