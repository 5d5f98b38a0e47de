// SQL conditions that tell whether a person holds a row named message, delivery or receipt. An item
// that is held is in state `held` in place of waiting, sealed or due, and no other item is in that
// state. So claims need not ask for holds.
#pragma once

#include <string_view>

namespace gateway::ledger {

inline constexpr std::string_view kMessageIsHeld =
    "(message.held = 1 OR EXISTS (SELECT 1 FROM shipment WHERE shipment.id = message.shipment AND shipment.held = 1) "
    "OR EXISTS (SELECT 1 FROM held_destination AS held_by WHERE held_by.kind = 'partner' AND held_by.name = "
    "message.partner))";
inline constexpr std::string_view kDeliveryIsHeld =
    "(delivery.held = 1 OR EXISTS (SELECT 1 FROM held_destination AS held_by WHERE held_by.kind = 'pacs' AND "
    "held_by.name = delivery.pacs))";
inline constexpr std::string_view kReceiptIsHeld =
    "EXISTS (SELECT 1 FROM held_destination AS held_by WHERE held_by.kind = 'partner' AND held_by.name = "
    "receipt.partner)";

}  // namespace gateway::ledger
