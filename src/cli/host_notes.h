// What `check` says of hosts whose names have no address now.
#pragma once

#include <string>
#include <vector>

#include "gateway/settings.h"

namespace gateway::cli {

// A line each, in the order of the configuration. All names are looked up at the same time. It is no mistake in the
// configuration: a name server may be away, or a computer not be there yet.
std::vector<std::string> NotesOfHosts(const Settings& settings);

}  // namespace gateway::cli
