// Tells which destinations the configuration has, and what waits for one that it does not have. No
// worker claims such items.
#pragma once

#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/settings.h"
#include "ledger/destination_name.h"
#include "operations/operator_context.h"

namespace gateway::operations {

ledger::KnownDestinations DestinationsOf(const Settings& settings);

Result<std::vector<ledger::Stranded>> FindStranded(const OperatorContext& context);
// Returns those destinations of the item that the configuration does not have.
Result<std::vector<ledger::DestinationName>> UnknownDestinationsOf(const OperatorContext& context, ItemId item);
// Returns the error of an act on an item that goes to a destination that the configuration does not
// have: permanent "destination-not-configured", with the command that mends it.
Error NotConfigured(const ledger::DestinationName& destination);
// Errors: permanent "no-such-destination".
Result<void> RequireKnown(const OperatorContext& context, const ledger::DestinationName& destination);

}  // namespace gateway::operations
