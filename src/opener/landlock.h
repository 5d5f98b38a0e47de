// Landlock (Linux 5.13): the kernel's own refusal of paths, whatever system call names them, and where it knows them of
// TCP ports and of sockets and processes outside.
#pragma once

#include "gateway/result.h"

namespace gateway::opener {

bool KernelHasLandlock();

// For this thread and those it starts, for ever: no path may be opened, made, removed, renamed or linked. Descriptors
// that are open stay as they are. PR_SET_NO_NEW_PRIVS must be set. False: the kernel has no Landlock, or it is off.
// config "sandbox-failed".
Result<bool> ForbidFiles();

}  // namespace gateway::opener
