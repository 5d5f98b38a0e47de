// What the open worker gives up before it reads a byte from outside: core dumps, new privileges, unbounded memory, and
// by seccomp the network, other processes and files by name. (The full account: docs/security.md.)
#pragma once

#include "gateway/result.h"

namespace gateway::inbound {

// Limits apply to this process from here on; there is no way back. config "sandbox-failed".
Result<void> EnterSandbox();

}  // namespace gateway::inbound
