// The one way a message changes its state: its shipment's counts and state, and whether its files are still needed,
// follow in the same transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/store/session.h"

namespace gateway::ledger {

// In SQL, of a row named message: its partner has it, as far as we will ever know, or is not to have it.
inline constexpr std::string_view kMessageDone =
    "(message.state IN ('delivered', 'warning', 'cancelled') OR (message.state = 'sent' AND message.receipt_asked = "
    "''))";
// In SQL, of a row named message: a mail server took it; what messages_sent counts.
inline constexpr std::string_view kMessageMailed =
    "message.state IN ('sent', 'overdue', 'delivered', 'warning', 'refused', 'bounced')";

// Of the shipment only its id where the message goes from one way of waiting to another.
struct MovedMessage {
  std::int64_t shipment = 0;
  std::string shipment_before;  // its state
  std::string shipment_state;
  bool all_sent = false;  // every message of the shipment is
};

// `now` is when instances, documents and the shipment are finished, if they are with this. The message must exist. One
// that would be waiting or sealed, and is held by a person, is held instead.
MovedMessage MoveMessage(Session& session, std::int64_t message, std::string_view to, Time now);

// Back to waiting (or held), due at next_try, to be sealed anew; its files are needed again, the fragments are gone.
// `created` is now: it is a new try, with an age of its own.
MovedMessage SendAgain(Session& session, std::int64_t message, Time next_try, Time now);

// False when the file of something that the message carries was forgotten.
bool HasItsFiles(Session& session, std::int64_t message);

// Forgets the message's own file and adds its key to `keys`, if it has one.
void TakeMessageFile(Session& session, std::int64_t message, std::vector<std::string>& keys);

}  // namespace gateway::ledger
