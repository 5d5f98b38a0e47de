// The only way in which a message changes its state. The counts and the state of its shipment
// follow in the same transaction, and so does the fact whether its files are still needed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/states.h"
#include "ledger/store/session.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

// Returns whether a message in this state may still be stopped.
constexpr bool IsUnsent(MessageState state) {
  return IsOneOf(state, MessageState::waiting, MessageState::sealed, MessageState::held);
}

// Is true, in SQL, for a row named message if its partner has it, as far as we will ever know, or
// is not to have it.
inline const std::string kMessageDone =
    Sql("(message.state ", In(MessageState::delivered, MessageState::warning, MessageState::cancelled),
        " OR (message.state = ", MessageState::sent, " AND message.receipt_asked = ''))");
// Is true, in SQL, for a row named message that a mail server took. messages_sent counts these.
inline const std::string kMessageMailed =
    Sql("message.state ", In(MessageState::sent, MessageState::overdue, MessageState::delivered, MessageState::warning,
                             MessageState::refused, MessageState::bounced));

// The states of the shipment are set unless the message only went from one way of waiting to
// another.
struct MovedMessage {
  std::int64_t shipment = 0;
  std::optional<ShipmentState> shipment_before;
  std::optional<ShipmentState> shipment_state;
  bool all_sent = false;  // every message of the shipment is sent or cancelled
};

// The message must exist. `now` is the time at which instances, documents and the shipment are
// finished, if this move finishes them. If the message would be waiting or sealed, and a person
// holds it, it becomes held instead.
MovedMessage MoveMessage(Session& session, std::int64_t message, MessageState to, Time now);

// Sets a message back to waiting (or held), to be sealed anew, due at next_try. Its files are
// needed again, and its fragments are deleted. `created` becomes `now`, because a new try has its
// own age.
MovedMessage SendAgain(Session& session, std::int64_t message, Time next_try, Time now);

// Returns false if the file of something that the message carries was forgotten.
bool HasItsFiles(Session& session, std::int64_t message);

// Forgets the message's own file, and adds the key to `keys`. It does nothing if the message has no
// file.
void TakeMessageFile(Session& session, std::int64_t message, std::vector<std::string>& keys);

}  // namespace gateway::ledger
