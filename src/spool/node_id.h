// Which node this is: 32 random hex digits in STATE_DIR/node, made at the first start. The ledger notes them with each
// claim, so that a start voids the claims of its own node only (ledger/store/claim.h). The file belongs to one machine:
// whoever copies a state directory to another one leaves it behind.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"

namespace gateway::spool {

// Empty where no start has made it yet. config "state-dir-unusable": the file holds something else.
Result<std::string> ReadNodeId(const std::filesystem::path& state_dir);
// For the daemon, which holds the lock: makes it where it is missing. It is durable when this returns, before anything
// is claimed in its name.
Result<std::string> MakeNodeId(const std::filesystem::path& state_dir);

}  // namespace gateway::spool
