// Tells whether a person holds a message, delivery or receipt. An item that is held is in state
// `held` in place of waiting, sealed or due, and no other item is in that state. So claims need not
// ask for holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/destination_name.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Returns the SQL condition that a person holds the destination. `name` is a column or a parameter.
std::string IsHeldSql(DestinationKind kind, std::string_view name);

// SQL conditions about a row named message, delivery or receipt. A transaction that changes rows by
// their answer shares the hold first, by the functions below.
inline const std::string kMessageIsHeld =
    "(message.held = 1 OR EXISTS (SELECT 1 FROM shipment WHERE shipment.id = message.shipment AND shipment.held = 1) "
    "OR " +
    IsHeldSql(DestinationKind::partner, "message.partner") + ")";
inline const std::string kDeliveryIsHeld =
    "(delivery.held = 1 OR " + IsHeldSql(DestinationKind::pacs, "delivery.pacs") + ")";
inline const std::string kReceiptIsHeld = IsHeldSql(DestinationKind::partner, "receipt.partner");

// Whoever asks whether a destination is held, and writes a row by the answer, shares the hold of
// that destination until the transaction ends. Whoever changes the hold locks it. So the row is
// there before the hold or the release looks for rows, or the asker sees the hold. On SQLite these
// run no statement (lock.h). Call them after the row is locked, because the row names the
// destination.
void ShareHold(Session& session, const DestinationName& destination);
void ShareHoldOfDelivery(Session& session, std::int64_t delivery);
void ShareHoldOfReceipt(Session& session, std::int64_t receipt);
void LockHold(Session& session, const DestinationName& destination);

// Asks for the holds of the message, of its shipment and of its partner, and shares them.
bool IsMessageHeld(Session& session, std::int64_t message);

// These hold a due receipt, or a waiting delivery, if a person holds it or its destination. The
// first one returns whether it did.
bool ObeyHoldOfReceipt(Session& session, std::int64_t receipt);
void ObeyHoldOfDelivery(Session& session, std::int64_t delivery);

}  // namespace gateway::ledger
