// Which destinations the configuration has.
#pragma once

#include "gateway/settings.h"
#include "ledger/destinations.h"

namespace gateway::operations {

ledger::KnownDestinations DestinationsOf(const Settings& settings);

}  // namespace gateway::operations
