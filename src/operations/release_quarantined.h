// Releases an item that waits for a person.
#pragma once

#include <optional>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/quarantine_ledger.h"
#include "operations/operator_context.h"

namespace gateway::operations {

// The present configuration decides. A mail is opened and judged again. An instance is routed
// again, and one that is in conflict goes to the PACS beside the other one. A document waits for
// its study anew, for as long as at first. With `study_of` (an instance; for a document only) the
// document joins the study of that instance.
//
// Returns false if the item is no longer in quarantine. Errors: permanent "no-such-study";
// permanent "destination-not-configured" for a mail whose mailbox is not in the configuration;
// permanent "no-route" or "no-inbound-route" if still no rule matches; those of reading the
// instance and of the ledger.
Result<bool> ReleaseQuarantined(const OperatorContext& context, const ledger::QuarantineItem& item,
                                const std::optional<ItemId>& study_of, Time now);

}  // namespace gateway::operations
