// Examples of the items that each command takes, for its help and for its error messages.
#pragma once

namespace gateway::cli {

inline constexpr const char* kShownItems =
    "S12 a shipment, M7 a message, R9 a mail, I3 an instance, D4 a delivery, A5 a receipt, T6 a received set, "
    "N8 a document";
inline constexpr const char* kRetriedItems =
    "S12 a shipment, M7 a message, D4 a delivery, A5 a receipt, R9 a mail, N8 a document";
// The commands hold, release and cancel take these.
inline constexpr const char* kHeldItems = "S12 a shipment, M7 a message, D4 a delivery";
inline constexpr const char* kQuarantinedItems = "R9 a mail, I3 an instance, N8 a document";

}  // namespace gateway::cli
