// What waits for a partner, PACS or mailbox that the configuration does not have: no worker claims it, and every
// command that meets it says so.
#pragma once

#include <string>
#include <vector>

#include "cli/operator_session.h"
#include "cli/output.h"
#include "ledger/destinations.h"

namespace gateway::cli {

// "3 items wait for pacs old, which is not in the configuration: redirect pacs --from old --to NAME"
std::string TextOf(const ledger::Stranded& stranded);
// A line each, after `prefix`. What cannot be read is left out: the command itself says why.
void PrintStranded(const OperatorSession& session, Output& out, const std::string& prefix);

}  // namespace gateway::cli
