// The state directory is the gateway's own: nobody else may read or change what is in it, and no link leads out of it.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"

namespace gateway::spool {

// config "state-dir-open": others may write into it, or may read it and it holds things that are not the gateway's, so
// that their access cannot simply be taken away. One that is missing is good.
Result<void> CheckOwnDirectory(const std::filesystem::path& state_dir);
// Takes the access of others away; what was changed, in words, or empty. CheckOwnDirectory()'s errors.
Result<std::string> TakeFromOthers(const std::filesystem::path& state_dir);
// config "state-dir-unusable" where it is a link or no directory. Missing is good.
Result<void> RefuseLink(const std::filesystem::path& directory);

}  // namespace gateway::spool
