// Shared parts of the acts of operators. All functions run in the caller's transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/item_id.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "ledger/states.h"
#include "ledger/store/lock.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Returns the item's state, or refuses if there is no such item. The state stays the same until the
// transaction ends (lock.h).
template <ItemState State>
Decided<State> StateOf(Session& session, std::int64_t number) {
  constexpr ItemKind kKind = WordTable<State>::kKind;
  const std::string sql = "SELECT state FROM " + std::string(TableOf(kKind)) + " WHERE id = :id" + std::string(kLocked);
  const auto state = session.First<State>(sql, number);
  if (!state) return Refusal{.why = WhyRefused::no_such_item, .item = {kKind, number}};
  return *state;
}
Decided<KindState> StateOf(Session& session, ItemId id);

// `number` is the number of the item that is in this state.
Refusal WrongState(std::int64_t number, KindState state);

inline Refusal OtherKind(ItemId id) {
  return {.why = WhyRefused::other_kind, .item = id};
}

// Records an act of a person in the transaction of the act itself. So every act that was done is
// recorded, and the daemon logs it (OperatorRequests::Unlogged()).
void RecordAct(Session& session, std::string_view what, std::string_view item, Time now);

// Makes the daemon try the destination again at once.
void Wake(Session& session, DestinationKind kind, std::string_view name);

// Sends another receipt to every sender who was told that the instance is lost. It gets another
// Message-ID, because a receipt that came twice under one Message-ID is taken for a copy.
void TellAnew(Session& session, std::int64_t instance);
// Does the same for a document or a mail that was answered as lost, and now is not: a person has
// released it, or the study of the document has come.
void TellDocumentAnew(Session& session, std::int64_t document);
void TellMailAnew(Session& session, std::int64_t mail);

// Finishes the instance once nothing of it is open any more. The instance is then stored, as far as
// it was to be stored, or dropped.
void FinishInstance(Session& session, std::int64_t instance, Time now, Acted& acted);

// Holds what goes to a destination that is in held_destination, and is not held yet.
void HoldAllFor(Session& session, const DestinationName& destination, Time now);

}  // namespace gateway::ledger
