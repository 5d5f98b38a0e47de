// The order in which mails of one turn are opened. Senders go round: each mail has a place, and a sender has one mail
// at each place behind the one that was reached. So who has thousands waiting is one among the others, and who comes
// new waits for one mail of each. (Start-time fair queueing, with each mail of the same weight.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/open_queue.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// For one more mail in the name of this partner ("": of nobody's).
std::int64_t NextPlace(Session& session, const std::string& in_name_of, Turn turn);
// A mail at this place was claimed.
void ReachPlace(Session& session, Turn turn, std::int64_t place);
// A mail that is fetched waits behind those of its sender: in its own turn, or in another.
void PutInTurn(Session& session, std::int64_t mail, std::optional<Turn> turn = std::nullopt);

}  // namespace gateway::ledger
