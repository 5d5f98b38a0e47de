// The summaries for `list`, of one kind of items each.
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
  std::optional<std::string_view> state;       // nullopt: any
  std::optional<DestinationName> destination;  // with a state: only what goes there
};

// Adds the newest first, and at most `limit`.
void AddSummaries(Session& session, const Selection& selection, std::size_t limit, std::vector<ItemSummary>& items);

// Why an instance in this state waits for a person. Empty if it does not wait for one.
Reason ReasonOf(InstanceState state);

}  // namespace gateway::ledger
