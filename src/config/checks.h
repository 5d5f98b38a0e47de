// Checks that need all files: references between sections, and values that may be taken only once.
#pragma once

#include "config/draft.h"

namespace gateway::config {

void CheckReferences(Draft& draft);
void CheckClaims(Draft& draft);
// No partner has an address of ours: what we send to it would come back as its own.
void CheckOwnAddresses(Draft& draft);
// Partners that name no mailbox get the first one.
void SetDefaultMailbox(Settings& settings);

}  // namespace gateway::config
