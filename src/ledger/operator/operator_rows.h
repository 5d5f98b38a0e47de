// Makes the summaries for `list`, for one kind of items at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/destinations.h"
#include "ledger/item_summary.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

struct Selection {
  ItemKind kind = ItemKind::instance;
  std::optional<std::string_view> state;       // nullopt: any state
  std::optional<DestinationName> destination;  // only with a state: selects only what goes there
};

// Adds the newest items first, and at most `limit` of them.
void AddSummaries(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items);

// Returns why an instance in this state waits for a person. The reason is empty if it does not wait
// for one.
Reason ReasonOf(InstanceState state);

}  // namespace gateway::ledger
