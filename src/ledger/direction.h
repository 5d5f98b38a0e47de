// The direction tells items that leave the hospital from those that came by mail.
#pragma once

namespace gateway::ledger {

enum class Direction { outbound, inbound };

}  // namespace gateway::ledger
