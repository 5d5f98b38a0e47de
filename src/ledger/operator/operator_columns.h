// Turns columns of the views for operators into typed facts.
#pragma once

#include <string>
#include <string_view>

#include "ledger/item_details.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Names the columns of the table shipment that are the members of MessageCounts, in their order.
inline constexpr const char* kMessageCounts =
    "message_total, messages_sent, messages_delivered, messages_warned, messages_overdue, messages_refused, "
    "messages_bounced, messages_failed, messages_cancelled";

}  // namespace gateway::ledger
