// Who gives a command at the console: for the log of what operators do.
#pragma once

#include <string>

namespace gateway {

// The user who logged in, as the kernel remembers it through su and sudo; without one whom sudo names; else the user
// that this process runs as. "anna", or "anna as root". Printable.
std::string PersonAtTheConsole();

}  // namespace gateway
