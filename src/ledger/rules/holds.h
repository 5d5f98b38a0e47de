// Who holds what, in SQL, of rows named message, delivery and receipt. What is held is in state `held` instead of
// waiting, sealed or due, and only then; so claims need not ask.
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
