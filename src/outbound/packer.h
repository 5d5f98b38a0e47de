// Decides which instances of a shipment go into which message.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/settings/profile.h"
#include "ledger/shipments.h"

namespace gateway::outbound {

// Returns about how many bytes the mail with one file of this size has, before it is cut.
std::uint64_t EstimatedMailSize(std::uint64_t file_size, const PartnerProfile& profile);

// Packs the instances in order of arrival. A message gets up to instances_per_message instances,
// and stays below max_message_size as far as this is known before sealing. An instance that is
// larger by itself gets its own message, which leaves as fragments.
std::vector<std::vector<std::int64_t>> PackMessages(const std::vector<ledger::OpenShipment::Item>& items,
                                                    const PartnerProfile& profile);

}  // namespace gateway::outbound
