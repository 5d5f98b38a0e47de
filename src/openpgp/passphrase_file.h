// A passphrase from its file.
#pragma once

#include <filesystem>

#include "base/secret.h"
#include "gateway/result.h"

namespace gateway::openpgp {

// An empty path: no passphrase.
Result<Secret> ReadPassphrase(const std::filesystem::path& file);

}  // namespace gateway::openpgp
