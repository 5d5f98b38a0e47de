// A shipment whose rule names a fallback notes since when its partner's answer is awaited
// (`fallback_since`). Without a fallback, and after the study went to the fallback, that is NULL.
#pragma once

#include <cstdint>

#include "gateway/time.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// The wait begins now: the shipment was closed, or a person let it go on.
void WaitForFallbackAnew(Session& session, std::int64_t shipment, Time now);
// All messages of the shipment were sent. If none of them asked for a receipt, nothing is awaited
// any more. Only a failure that becomes known later lets the study go to the fallback then.
void StopWaitingForFallback(Session& session, std::int64_t shipment);

}  // namespace gateway::ledger
