// The one way a message changes its state: its shipment's counts and state, and whether its files are still needed,
// follow in the same transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/states.h"
#include "ledger/store/session.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

// A message in such a state may still be stopped.
constexpr bool IsUnsent(MessageState state) {
  return IsOneOf(state, MessageState::waiting, MessageState::sealed, MessageState::held);
}

// In SQL, of a row named message: its partner has it, as far as we will ever know, or is not to have it.
inline const std::string kMessageDone =
    Sql("(message.state ", In(MessageState::delivered, MessageState::warning, MessageState::cancelled),
        " OR (message.state = ", MessageState::sent, " AND message.receipt_asked = ''))");
// In SQL, of a row named message: a mail server took it; what messages_sent counts.
inline const std::string kMessageMailed =
    Sql("message.state ", In(MessageState::sent, MessageState::overdue, MessageState::delivered, MessageState::warning,
                             MessageState::refused, MessageState::bounced));

// The states of the shipment are there unless the message went from one way of waiting to another.
struct MovedMessage {
  std::int64_t shipment = 0;
  std::optional<ShipmentState> shipment_before;
  std::optional<ShipmentState> shipment_state;
  bool all_sent = false;  // every message of the shipment is
};

// `now` is when instances, documents and the shipment are finished, if they are with this. The message must exist. One
// that would be waiting or sealed, and is held by a person, is held instead.
MovedMessage MoveMessage(Session& session, std::int64_t message, MessageState to, Time now);

// Back to waiting (or held), due at next_try, to be sealed anew; its files are needed again, the fragments are gone.
// `created` is now: it is a new try, with an age of its own.
MovedMessage SendAgain(Session& session, std::int64_t message, Time next_try, Time now);

// False when the file of something that the message carries was forgotten.
bool HasItsFiles(Session& session, std::int64_t message);

// Forgets the message's own file and adds its key to `keys`, if it has one.
void TakeMessageFile(Session& session, std::int64_t message, std::vector<std::string>& keys);

}  // namespace gateway::ledger
