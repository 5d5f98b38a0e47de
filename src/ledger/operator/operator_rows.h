// The lines of `list`, of one kind of items each.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ledger/destinations.h"
#include "ledger/operator_ledger.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

struct Selection {
  ItemKind kind = ItemKind::instance;
  std::optional<std::string_view> state;       // nullopt: any
  std::optional<DestinationName> destination;  // with a state: only what goes there
};

// The newest first, at most `limit`.
void AddRows(Session& session, const Selection& selection, std::size_t limit, std::vector<Row>& rows);

}  // namespace gateway::ledger
