// Finds out who gives a command at the console, for the log of what operators do.
#pragma once

#include <string>

namespace gateway {

// Returns the user who logged in, as the kernel remembers it through su and sudo. If nobody logged
// in, it returns the user whom sudo names, or else the user that this process runs as. The result
// is printable and looks like "anna", or "anna as root".
std::string PersonAtTheConsole();

}  // namespace gateway
