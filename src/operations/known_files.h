// Tells whether the ledger knows a file that was found in the spool.
#pragma once

#include "gateway/result.h"
#include "ledger/known_files.h"
#include "spool/spool.h"

namespace gateway::operations {

Result<bool> KnowsFile(ledger::KnownFiles& files, const spool::Entry& entry);

}  // namespace gateway::operations
