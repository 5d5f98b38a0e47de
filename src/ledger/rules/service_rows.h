// The rows of requests to services and of their results.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/settings/services.h"
#include "gateway/time.h"
#include "ledger/store/session.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

// The states of a shipment from which no result is expected.
inline const InList kRequestFailed =
    In(ShipmentState::failed, ShipmentState::bounced, ShipmentState::refused, ShipmentState::cancelled);

// The shipment is a request. Nothing happens if it is one already.
void AddServiceRequest(Session& session, std::int64_t shipment, const ServiceSettings& service);
// What moved from one shipment to another one is a request if the first one is.
void CopyServiceRequest(Session& session, std::int64_t from, std::int64_t to);
// The instance is a result of these requests. Those that are gone are passed over.
void AddServiceResult(Session& session, const std::vector<std::int64_t>& shipments, std::int64_t instance, Time now);
// Forgets a request with its results, before its shipment's row goes.
void ForgetServiceRequest(Session& session, std::int64_t shipment);

}  // namespace gateway::ledger
