#include "ledger/rules/fallback_wait.h"

#include <limits>
#include <string>

#include "ledger/rules/message_moves.h"

namespace gateway::ledger {

void WaitForFallbackAnew(Session& session, std::int64_t shipment, Time now) {
  session.Execute("UPDATE shipment SET fallback_since = :now WHERE id = :id AND fallback_since IS NOT NULL", now,
                  shipment);
}

void StopWaitingForFallback(Session& session, std::int64_t shipment) {
  static const std::string kStop =
      "UPDATE shipment SET fallback_since = :never WHERE id = :id AND fallback_since IS NOT NULL AND NOT EXISTS "
      "(SELECT 1 FROM message WHERE message.shipment = shipment.id AND NOT " +
      kMessageDone + ")";
  session.Execute(kStop, std::numeric_limits<std::int64_t>::max(), shipment);
}

}  // namespace gateway::ledger
