// Loads the details of items for `show`, with one function for each kind. They return nullopt if
// there is no such item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/item_details.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// No view lists more items of one kind.
inline constexpr std::size_t kMaxChildren = 1000;

std::optional<InstanceDetails> LoadInstance(Session& session, std::int64_t id);
std::optional<ShipmentDetails> LoadShipment(Session& session, std::int64_t id);
std::optional<MessageDetails> LoadMessage(Session& session, std::int64_t id);
std::optional<MailDetails> LoadMail(Session& session, std::int64_t id);
std::optional<DeliveryDetails> LoadDelivery(Session& session, std::int64_t id);
std::optional<ReceiptDetails> LoadReceipt(Session& session, std::int64_t id);
std::optional<SetDetails> LoadSet(Session& session, std::int64_t id);
std::optional<DocumentDetails> LoadDocument(Session& session, std::int64_t id);

// Loads all deliveries of an instance.
std::vector<DeliveryDetails> LoadDeliveries(Session& session, std::int64_t instance);
// Loads the columns tries, next_try, error_code and error_detail of a row.
Attempts LoadAttempts(Session& session, ItemId id);
// Returns the destinations of the item that are away.
std::vector<Away> LoadWaits(Session& session, ItemId id);
bool IsHeldDestination(Session& session, const DestinationName& destination);
// Loads the columns set_id, set_part and set_total of a mail or a receipt.
std::optional<TelemedicineSet> LoadSetPart(Session& session, ItemId id);

}  // namespace gateway::ledger
