// What the open worker gives up before it reads a byte from outside: core dumps, unbounded memory and files, new
// privileges, every path of the file system (landlock.h), and all system calls but a few (system_calls.h). What time it
// takes is the daemon's to watch (open_process.h). (The full account: docs/security.md.)
#pragma once

#include <functional>

#include "gateway/result.h"
#include "gateway/time.h"

namespace gateway::opener {

// No core dump, and nobody else of this user looks into the process: before it gets keys. config "sandbox-failed".
Result<void> HideMemory();

// For a process that nobody watches: SIGXCPU when its threads have computed for so long, SIGKILL a little later. config
// "sandbox-failed".
Result<void> LimitComputing(Milliseconds most);

// Limits apply to this process and all its threads from here on; there is no way back. No thread can be started any
// more, but by `start_threads`, which is called once every path is forbidden: Landlock holds the threads that are
// started after it, and not those that are there. config "sandbox-failed", and what `start_threads` returns.
Result<void> EnterSandbox(const std::function<Result<void>()>& start_threads = {});

}  // namespace gateway::opener
