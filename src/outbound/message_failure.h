// What becomes of a message whose step failed: logged here, for the sealer and the sender alike.
#pragma once

#include <optional>

#include "base/events.h"
#include "base/failure_policy.h"
#include "gateway/item_id.h"

namespace gateway::outbound {

// `message`: a ledger::MessageToSeal or MessageToSend. When it is to be tried again; nullopt: failed for good.
template <typename Message>
std::optional<Time> LogFailure(const Message& message, const Error& error, const Decision& decision) {
  const std::string name = Format(ItemKind::message, message.id);
  if (decision.fate == Fate::retry) {
    events::MessageDeferred(name, message.partner, error, message.tries + 1, decision.wait.count());
    return decision.next_try;
  }
  events::MessageFailed(name, Format(ItemKind::shipment, message.shipment), message.partner, error);
  return std::nullopt;
}

}  // namespace gateway::outbound
