// Allows the system calls that opening a mail needs, by seccomp: memory, existing descriptors and
// time.
#pragma once

#include "gateway/result.h"

namespace gateway::opener {

// Applies to all threads of this process, for ever. Calls that a library may merely try (for a
// locale or a charset table) fail with EPERM. Calls that no library tries (a new process, a signal
// or a trace to another one) end the process with SIGSYS. Error: config "sandbox-failed".
Result<void> AllowFewSystemCalls();

}  // namespace gateway::opener
