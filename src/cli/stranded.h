// Tells what waits for a partner, PACS or mailbox that the configuration does not have. No worker
// claims such items, so every command that meets them says so.
#pragma once

#include <string>
#include <vector>

#include "cli/operator_session.h"
#include "cli/output.h"
#include "ledger/destination_name.h"

namespace gateway::cli {

// Returns "3 items wait for pacs old, which is not in the configuration: redirect pacs --from old
// --to NAME".
std::string TextOf(const ledger::Stranded& stranded);
// Prints one line for each destination, after `prefix`. If this cannot be read, it is left out,
// because the command itself says why.
void PrintStranded(const OperatorSession& session, Output& out, const std::string& prefix);

}  // namespace gateway::cli
