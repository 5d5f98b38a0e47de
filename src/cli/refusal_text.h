// The words for acts that were refused. The ledger and src/operations say why as facts, and this
// file tells a person what was found and which command helps.
#pragma once

#include <string>
#include <string_view>

#include "gateway/error_code.h"
#include "ledger/act_outcome.h"
#include "operations/release_quarantined.h"

namespace gateway::cli {

// The commands that may be refused.
enum class Asked { retry, cancel, hold, release, redeliver, resend, quarantine_release };

// Returns "M1 is sent: resend sends it again".
std::string WordsOf(const ledger::Refusal& refusal, Asked asked);

struct RefusalWords {
  ErrorCode code;
  std::string_view text;
};
// `released` is neither Released::yes nor Released::not_in_quarantine.
RefusalWords WordsOf(operations::Released released);

// The words for an item whose file the retention has removed, and for one that cannot be marked as
// done.
RefusalWords FileGone();
RefusalWords NotKept();

}  // namespace gateway::cli
