// Removes files whose items were dropped, cancelled or are to be sealed anew.
#pragma once

#include <string>
#include <vector>

#include "spool/spool.h"

namespace gateway::operations {

// The ledger must have forgotten the files. A file that cannot be removed now is an orphan, and the
// next start of the daemon removes it or puts it aside.
void RemoveFiles(const spool::Spool& spool, spool::Kind kind, const std::vector<std::string>& keys);

}  // namespace gateway::operations
