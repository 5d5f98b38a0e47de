// The answer to a call about an item that the ledger does not hold: a bug of the caller, in effect.
#pragma once

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "policy/error_codes.h"

namespace gateway::ledger {

inline Error NoSuchItem(ItemKind kind, std::int64_t number) {
  return Permanent(codes::kLedgerError, "no " + Format(kind, number) + " in the state this needs");
}

}  // namespace gateway::ledger
