// The answers to a call about an item that the ledger does not hold, which is a bug of the caller,
// in effect, or that is in the hands of another node.
#pragma once

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/error_codes.h"
#include "policy/error_codes.h"

namespace gateway::ledger {

inline Error NoSuchItem(ItemKind kind, std::int64_t number) {
  return Permanent(codes::kLedgerError, "no " + Format(kind, number) + " in the state this needs");
}

// The worker's time was over, and another node has claimed the item since: its outcome counts, not
// this one.
inline Error ClaimLost(ItemKind kind, std::int64_t number) {
  return Permanent(codes::kClaimLost, "another node has " + Format(kind, number) + " in hand by now");
}

}  // namespace gateway::ledger
