// Logs what becomes of a message whose step failed, for the sealer and for the sender.
#pragma once

#include <optional>

#include "gateway/item_id.h"
#include "policy/failure_policy.h"
#include "telemetry/events.h"

namespace gateway::outbound {

// Returns when the message is to be tried again; nullopt if it failed for good.
inline std::optional<Time> NextTry(const Decision& decision) {
  return decision.fate == Fate::retry ? std::optional(decision.next_try) : std::nullopt;
}

// `message` is a ledger::MessageToSeal or a ledger::MessageToSend.
template <typename Message>
void LogFailure(const Message& message, const Error& error, const Decision& decision) {
  const std::string name = Format(ItemKind::message, message.id);
  if (decision.fate == Fate::retry) {
    events::MessageDeferred(name, message.partner, error, message.tries + 1, decision.wait.count());
    return;
  }
  events::MessageFailed(name, Format(ItemKind::shipment, message.shipment), message.partner, error);
}

}  // namespace gateway::outbound
