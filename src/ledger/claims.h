// Voids the claims of workers that no longer run. Any thread may call it.
#pragma once

#include "gateway/result.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A claim belongs to one worker until its lease is over, or until the worker gives it back. A worker
// that died did neither.
class Claims {
 public:
  explicit Claims(Database& database) : database_(database) {}

  // For the start of the pipelines: this node's claims from before are void.
  Result<void> UnclaimOutbound();
  // It also records a doubt (Deliveries::RecordDoubt()) about each delivery that was claimed.
  Result<void> UnclaimInbound();

 private:
  Database& database_;
};

}  // namespace gateway::ledger
