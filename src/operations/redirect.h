// Sends what waits for one destination to another one of its kind.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "gateway/result.h"
#include "ledger/destination_name.h"
#include "operations/operator_context.h"

namespace gateway::operations {

struct Redirected {
  std::size_t items = 0;
  std::size_t in_hand = 0;     // left alone, because a worker has them in hand
  std::size_t carried = 0;     // instances that the PACS was given under its old name
  bool held = false;           // the hold of the old destination now holds the new destination
  bool from_is_known = false;  // the configuration has the old destination

  // Nothing waits for a name that the configuration does not have either. So it may be misspelt.
  [[nodiscard]] bool IsNothing() const { return items == 0 && in_hand == 0 && carried == 0 && !held && !from_is_known; }
};

// If a worker has an item in hand, it stores it within seconds, or gives it back. This call waits
// for it that long. Errors: permanent "no-such-destination" (for `to`), and those of
// Redirections::Redirect().
Result<Redirected> Redirect(const OperatorContext& context, const ledger::DestinationName& from, const std::string& to,
                            const Clock& clock);

}  // namespace gateway::operations
