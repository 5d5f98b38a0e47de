// Notes of `check` about hosts whose names have no address at present.
#pragma once

#include <string>
#include <vector>

#include "gateway/settings.h"

namespace gateway::cli {

// Returns one line for each host, in the order of the configuration. It looks all names up at the
// same time. Such a name is no mistake in the configuration, because a name server may be away, or
// a computer may not exist yet.
std::vector<std::string> NotesOfHosts(const Settings& settings);

}  // namespace gateway::cli
