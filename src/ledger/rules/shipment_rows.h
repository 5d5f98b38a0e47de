// Adds rows to a shipment. Both its intake and its closing do that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "gateway/time.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Returns the rule as the configuration names it, where a name has no blank. Each redirection may
// have added the name of a shipment (operator/acts_redirect.cc): of this one, or of the one that
// this one was split from.
std::string RuleOf(std::string rule);

// Adds the instance behind those that the shipment has.
void AddToShipment(Session& session, std::int64_t shipment, std::int64_t instance, std::optional<std::int64_t> message,
                   Time now);

// Adds a message with this part number, and returns its id. If its shipment or its partner is held,
// the message is held from the start (holds.h).
std::int64_t InsertMessage(Session& session, std::int64_t shipment, std::size_t part, Time now);

}  // namespace gateway::ledger
