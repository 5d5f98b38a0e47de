// The system calls that opening a mail needs, by seccomp: memory, descriptors that are there, time.
#pragma once

#include "gateway/result.h"

namespace gateway::opener {

// For all threads of this process, for ever. What a library may merely try (a locale, a charset table) fails with
// EPERM; what none tries (a new process, a signal or a trace to another one) ends the process with SIGSYS.
// config "sandbox-failed".
Result<void> AllowFewSystemCalls();

}  // namespace gateway::opener
