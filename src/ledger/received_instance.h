// An instance that came by mail, or was made of a document that did, and its deliveries.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/time.h"
#include "ledger/inbound_ledger.h"
#include "ledger/session.h"

namespace gateway::ledger {

// An earlier one, of another mail, is noted as carried by this mail too.
ReceivedInstance RecordInstance(Session& session, std::int64_t mail, const std::string& partner,
                                const NewReceivedInstance& instance, Time now);

// Its way to one PACS, unless there is one: held from the start where the PACS is (holds.h).
void AddDelivery(Session& session, std::int64_t instance, const std::string& pacs, Time now);

// Notes that a mail carried an instance that is there already. Nothing to note for the mail that brought it.
void AddMailDuplicate(Session& session, std::int64_t mail, std::int64_t instance);

}  // namespace gateway::ledger
