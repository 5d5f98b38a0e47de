// The rights that the open worker gives up before it reads a byte from outside: core dumps,
// unbounded memory and files, new privileges, every path of the file system (landlock.h), and all
// but a few system calls (system_calls.h). The daemon watches the worker's time (open_process.h).
// docs/security.md has the full account.
#pragma once

#include <functional>

#include "gateway/result.h"
#include "gateway/time.h"

namespace gateway::opener {

// Makes sure that there is no core dump, and that no other process of this user looks into this
// one. Call it before the process gets keys. Error: config "sandbox-failed".
Result<void> HideMemory();

// Limits a process that nobody watches. It gets SIGXCPU when its threads have computed for this
// time, and SIGKILL a little later. Error: config "sandbox-failed".
Result<void> LimitComputing(Milliseconds most);

// The limits apply to this process and all its threads from here on, and there is no way back. No
// thread can be started afterwards, except by `start_threads`. It is called once every path is
// forbidden, because Landlock holds threads that are started after it, and not those that exist
// already. Errors: config "sandbox-failed", and those of `start_threads`.
Result<void> EnterSandbox(const std::function<Result<void>()>& start_threads = {});

}  // namespace gateway::opener
