// The order in which mails of one turn are opened. Senders take turns: each mail has a place, and a
// sender has one mail at each place behind the last one that was reached. So a sender of thousands
// of mails is one among the others, and a new sender waits for one mail of each other sender. This
// is start-time fair queueing in which every mail has the same weight.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/open_queue.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Returns the place for one more mail in the name of this partner. "" stands for all senders who
// are no partners.
std::int64_t NextPlace(Session& session, const std::string& in_name_of, Turn turn);
// Records that a mail at this place was claimed.
void ReachPlace(Session& session, Turn turn, std::int64_t place);
// Puts a fetched mail behind the others of its sender, in its own turn or in another one.
void PutInTurn(Session& session, std::int64_t mail, std::optional<Turn> turn = std::nullopt);

}  // namespace gateway::ledger
