// Decides which instances of a shipment go into which message.
#pragma once

#include <vector>

#include "gateway/settings/profile.h"
#include "ledger/shipments.h"

namespace gateway::outbound {

// Packs the instances in order of arrival. A message gets up to instances_per_message instances,
// and stays below max_message_size as far as this is known before sealing. An instance that is
// larger by itself gets its own message, which leaves as fragments.
std::vector<std::vector<std::int64_t>> PackMessages(const std::vector<ledger::OpenShipment::Item>& items,
                                                    const PartnerProfile& profile);

}  // namespace gateway::outbound
