// Says in which states an item waits for a destination, which means that a worker or a person could
// end the state if the destination existed. A received mail waits for its mailbox.
#pragma once

#include "ledger/rules/message_moves.h"
#include "ledger/states.h"

namespace gateway::ledger {

constexpr bool Waits(ShipmentState state) {
  return IsOneOf(state, ShipmentState::open, ShipmentState::closed);
}
constexpr bool Waits(MessageState state) {
  return IsUnsent(state);
}
constexpr bool Waits(MailState state) {
  return IsOneOf(state, MailState::fetched, MailState::fragment, MailState::quarantined);
}
constexpr bool Waits(DeliveryState state) {
  return IsOneOf(state, DeliveryState::waiting, DeliveryState::held);
}
constexpr bool Waits(ReceiptState state) {
  return IsOneOf(state, ReceiptState::waiting, ReceiptState::due, ReceiptState::held);
}

}  // namespace gateway::ledger
