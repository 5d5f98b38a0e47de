// Landlock (Linux 5.13): the kernel itself refuses paths, whatever system call names them. Newer
// kernels also refuse TCP ports, and sockets and processes outside.
#pragma once

#include "gateway/result.h"

namespace gateway::opener {

bool KernelHasLandlock();

// Forbids paths for this thread and all threads that it starts, for ever. No path may be opened,
// made, removed, renamed or linked. Open descriptors stay as they are. PR_SET_NO_NEW_PRIVS must be
// set. Returns false if the kernel has no Landlock, or if it is off. Error: config
// "sandbox-failed".
Result<bool> ForbidFiles();

}  // namespace gateway::opener
