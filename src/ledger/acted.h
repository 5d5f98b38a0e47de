// What the acts of operators share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/operator_acts.h"
#include "ledger/session.h"

namespace gateway::ledger {

// As the ledger has them.
std::string_view NameOf(DestinationKind kind);
// "partner b"
std::string TextOf(const DestinationName& destination);

// A table's rows as items: of a row that is not there "no-such-item".
Result<std::string> StateOf(Session& session, ItemId id);

Error WrongState(ItemId id, std::string_view state, std::string_view hint);

inline Error NoItemOf(ItemId id, std::string_view kinds) {
  return Permanent("no-such-item", Format(id) + " is no " + std::string(kinds));
}

// In the transaction of the act itself, so that whatever was done is told: the daemon logs it
// (OperatorActs::Unlogged()).
void RecordAct(Session& session, std::string_view what, std::string_view item, Time now);

// The daemon tries it again at once.
void Wake(Session& session, DestinationKind kind, std::string_view name);

// In these states a message may still be stopped.
inline constexpr std::string_view kUnsent = "('waiting', 'sealed', 'held')";

}  // namespace gateway::ledger
