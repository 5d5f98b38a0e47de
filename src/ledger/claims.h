// Voids the claims of workers that no longer run. Any thread may call it.
#pragma once

#include "gateway/result.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A claim belongs to one worker until its lease is over, or until the worker gives it back. A
// worker that died did neither.
class Claims {
 public:
  explicit Claims(Database& database) : database_(database) {}

  // Voids this node's claims from before. The pipelines call it when they start. What waits for its
  // time window is claimed again, because the configuration may have another window now.
  Result<void> UnclaimOutbound();
  // Does the same, and also marks each delivery that was claimed as in doubt, because the PACS may
  // have the instance.
  Result<void> UnclaimInbound();

 private:
  Database& database_;
};

}  // namespace gateway::ledger
