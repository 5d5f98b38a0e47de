// Says in which states an item waits for a destination, which means that a worker would end the
// state if the destination existed.
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
constexpr bool Waits(DeliveryState state) {
  return IsOneOf(state, DeliveryState::waiting, DeliveryState::held);
}
constexpr bool Waits(ReceiptState state) {
  return IsOneOf(state, ReceiptState::waiting, ReceiptState::due, ReceiptState::held);
}

}  // namespace gateway::ledger
