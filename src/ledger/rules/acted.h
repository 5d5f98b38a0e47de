// What the acts of operators share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/error_codes.h"
#include "ledger/operator_acts.h"
#include "ledger/states.h"
#include "ledger/store/lock.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Of a row that is not there "no-such-item".
Error NoSuchRow(ItemId id);
// As it is until the transaction ends (lock.h).
template <ItemState State>
Result<State> StateOf(Session& session, std::int64_t number) {
  constexpr ItemKind kKind = StateTable<State>::kKind;
  const std::string sql = "SELECT state FROM " + std::string(TableOf(kKind)) + " WHERE id = :id" + std::string(kLocked);
  const auto state = session.First<State>(sql, number);
  if (!state) return NoSuchRow({kKind, number});
  return *state;
}
Result<KindState> StateOf(Session& session, ItemId id);

// `number`: of the item whose state it is.
Error WrongState(std::int64_t number, KindState state, std::string_view hint);

inline Error NoItemOf(ItemId id, std::string_view kinds) {
  return Permanent(codes::kNoSuchItem, Format(id) + " is no " + std::string(kinds));
}

// In the transaction of the act itself, so that whatever was done is told: the daemon logs it
// (OperatorActs::Unlogged()).
void RecordAct(Session& session, std::string_view what, std::string_view item, Time now);

// The daemon tries it again at once.
void Wake(Session& session, DestinationKind kind, std::string_view name);

// Whoever was told that the instance is lost is told anew, under another Message-ID: the same one twice is taken for a
// copy.
void TellAnew(Session& session, std::int64_t instance);

// Once nothing of the instance is open any more: stored as far as it was to be, or dropped.
void FinishInstance(Session& session, std::int64_t instance, Time now, Acted& acted);

// Holds what goes to a destination that stands in held_destination and is not held yet.
void HoldAllFor(Session& session, const DestinationName& destination, Time now);

}  // namespace gateway::ledger
