// The state directory belongs to the gateway alone. Nobody else may read or change its content, and
// no link leads out of it.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"

namespace gateway::spool {

// Error: config "state-dir-open" if others may write into the directory. It is the same if they may
// read it and it also holds other things, because then the gateway cannot simply take away their
// access. Transient "state-dir-unusable" if it is no
// directory, because a disk may be mounted there later. A missing directory is good.
Result<void> CheckOwnDirectory(const std::filesystem::path& state_dir);
// Takes away the access of others. Returns in words what it changed, or an empty text. Errors:
// those of CheckOwnDirectory().
Result<std::string> TakeFromOthers(const std::filesystem::path& state_dir);
// Error: config "state-dir-unusable" if it is a link or no directory. A missing one is good.
Result<void> RefuseLink(const std::filesystem::path& directory);

}  // namespace gateway::spool
