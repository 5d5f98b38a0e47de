// Finds the hosts of a configuration whose names have no address at present.
#pragma once

#include <vector>

#include "gateway/settings.h"
#include "operations/check.h"

namespace gateway::operations {

// Looks all names up at the same time. Returns the hosts in the order of the configuration.
std::vector<UnknownHost> FindUnknownHosts(const Settings& settings);

}  // namespace gateway::operations
