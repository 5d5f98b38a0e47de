// Keeps the identifiers that copies replaced. The caller's transaction records and forgets them.
#pragma once

#include <cstdint>

#include "gateway/time.h"
#include "ledger/replaced_identifiers.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

void RecordReplacements(Session& session, const Replacements& replaced, Time now);
// Forgets at most `limit` pairs that nobody has used since `before`. Returns how many it forgot.
std::int64_t ForgetReplacements(Session& session, Time before, std::size_t limit);
[[nodiscard]] bool AreOldReplacements(Session& session, Time before);

}  // namespace gateway::ledger
