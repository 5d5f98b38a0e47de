// The id of this node: 32 random hex digits in STATE_DIR/node, made at the first start. The ledger
// notes the id with each claim, so that a start voids only the claims of its own node
// (ledger/store/claim.h). The file belongs to one machine. Whoever copies a state directory to
// another machine must leave the file out.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"

namespace gateway::spool {

// Returns an empty text if no start has made the id yet. Error: config "state-dir-unusable" if the
// file holds something else.
Result<std::string> ReadNodeId(const std::filesystem::path& state_dir);
// The daemon, which holds the lock, makes the id by this if it is missing. It is on the disk when
// this returns, so before anything is claimed with it.
Result<std::string> MakeNodeId(const std::filesystem::path& state_dir);

}  // namespace gateway::spool
