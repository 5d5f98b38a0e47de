// Which instances of a shipment go into which message.
#pragma once

#include <vector>

#include "gateway/settings/profile.h"
#include "ledger/outbound_ledger.h"

namespace gateway::outbound {

// In order of arrival, up to instances_per_message each, and no further than max_message_size as far as can be told
// before sealing. An instance that is larger alone gets a message of its own, which leaves as fragments.
std::vector<std::vector<std::int64_t>> PackMessages(const std::vector<ledger::OpenShipment::Item>& items,
                                                    const PartnerProfile& profile);

}  // namespace gateway::outbound
