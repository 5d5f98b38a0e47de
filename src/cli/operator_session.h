// Opens the configuration, the spool and the ledger for a command, and says what is wrong with
// them.
#pragma once

#include <filesystem>
#include <memory>

#include "cli/refusal_text.h"
#include "gateway/result.h"
#include "ledger/act_outcome.h"
#include "operations/operator_session.h"

namespace gateway::cli {

using operations::OperatorSession;

// Returns a session that operations::OpenState() has still to open, or nullptr if there are
// mistakes, which it prints.
std::unique_ptr<OperatorSession> LoadSettings(const std::filesystem::path& config, int& exit_code);
// Opens the whole session. If something is wrong, it prints that to standard error and sets
// `exit_code`.
std::unique_ptr<OperatorSession> OpenSession(const std::filesystem::path& config, int& exit_code);

// These print "dicom-mail-gateway: CODE: DETAIL" to standard error, and return the exit code for
// it. An error without a detail is told by the sentence of its code.
int PrintError(const Error& error);
int PrintError(const RefusalWords& words);
// For an item that does not exist, the exit code is kExitNoSuchItem.
int PrintNotDone(const ledger::NotDone& not_done, Asked asked);

}  // namespace gateway::cli
