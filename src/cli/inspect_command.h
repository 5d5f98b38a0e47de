// `inspect`: the mail doctor, for the administrators of both sides. It needs no configuration and
// no ledger.
#pragma once

#include "operations/inspection.h"

namespace gateway::cli {

using InspectOptions = operations::InspectionRequest;

// Exit codes: 0 if there are at most notes; 1 if the mail departs from something; 2 if it is no
// mail, or a file cannot be read.
int Inspect(const InspectOptions& options, bool json);

}  // namespace gateway::cli
