// Tells which destinations the configuration has, and what waits for one that it does not have. No
// worker claims such items.
#pragma once

#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/settings.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "operations/operator_context.h"

namespace gateway::operations {

ledger::KnownDestinations DestinationsOf(const Settings& settings);

Result<std::vector<ledger::Stranded>> FindStranded(const OperatorContext& context);
// Returns those destinations of the item that the configuration does not have.
Result<std::vector<ledger::DestinationName>> UnknownDestinationsOf(const OperatorContext& context, ItemId item);
// Returns the refusal of an act on an item that goes to a destination that the configuration does
// not have: "destination-not-configured".
ledger::Refusal NotConfigured(const ledger::DestinationName& destination);
// Errors: permanent "no-such-destination".
Result<void> RequireKnown(const OperatorContext& context, const ledger::DestinationName& destination);

}  // namespace gateway::operations
