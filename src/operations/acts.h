// Does what operators decide about items on their way: retry, cancel, hold, release. Each act
// removes the files that are no longer needed. The ledger may refuse an act (ledger/act_outcome.h).
//
// Failures besides those of the ledger: permanent "no-such-destination" for a destination
// that the configuration does not have; permanent "destination-not-configured" for an item that
// goes to one.
#pragma once

#include <cstddef>
#include <variant>

#include "gateway/item_id.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "operations/operator_context.h"

namespace gateway::operations {

// One item, or everything that goes to a partner or to a PACS.
using Target = std::variant<ItemId, ledger::DestinationName>;

struct Acted {
  std::size_t items = 0;  // changed messages, deliveries, receipts and so on
  // A retried delivery replaces other content, which the PACS was given last.
  bool replacing = false;
};

ledger::Decided<Acted> Retry(const OperatorContext& context, const Target& target, Time now);
ledger::Decided<Acted> RetryAll(const OperatorContext& context, Time now);
ledger::Decided<Acted> Cancel(const OperatorContext& context, ItemId item, Time now);
ledger::Decided<Acted> Hold(const OperatorContext& context, const Target& target, Time now);
// A destination that is no longer in the configuration may still be held, so it can be released.
ledger::Decided<Acted> Release(const OperatorContext& context, const Target& target, Time now);

}  // namespace gateway::operations
