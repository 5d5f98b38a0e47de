// Reads a passphrase from its file.
#pragma once

#include <filesystem>

#include "base/secret.h"
#include "gateway/result.h"

namespace gateway::openpgp {

// An empty path means that there is no passphrase.
Result<Secret> ReadPassphrase(const std::filesystem::path& file);

}  // namespace gateway::openpgp
