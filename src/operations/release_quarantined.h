// Releases an item that waits for a person.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/item_id.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/quarantine_item.h"
#include "operations/operator_context.h"

namespace gateway::operations {

enum class Released {
  yes,
  not_in_quarantine,  // not any more
  no_outbound_rule,   // still no rule matches the instance
  no_inbound_rule,
  file_gone  // so the instance cannot be routed
};

// The present configuration decides. A mail is opened and judged again. An instance is routed
// again, and one that is in conflict goes to the PACS beside the other one. A document waits for
// its study anew, for as long as at first. With `study_of` (an instance; for a document only) the
// document joins the study of that instance.
//
// The ledger may refuse that. Failures besides those of the ledger: those of reading the instance;
// permanent "destination-not-configured" for a mail whose mailbox is not in the configuration.
ledger::Decided<Released> ReleaseQuarantined(const OperatorContext& context, const ledger::QuarantineItem& item,
                                             const std::optional<ItemId>& study_of, Time now);

struct ReleasedItems {
  std::size_t items = 0;  // the number of released items; others were no longer in quarantine
  // The items that still wait for a person. Each has an outcome that is neither Released::yes nor
  // Released::not_in_quarantine, or says why the release was not done.
  std::vector<std::pair<ItemId, ledger::Decided<Released>>> not_released;
};

// Releases the items one by one. An item that cannot be released does not stop the others.
ReleasedItems ReleaseAllQuarantined(const OperatorContext& context, const std::vector<ledger::QuarantineItem>& items,
                                    const std::optional<ItemId>& study_of, const Clock& clock);

}  // namespace gateway::operations
