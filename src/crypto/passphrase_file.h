// A passphrase from its file, without the line end that editors leave.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/result.h"

namespace gateway::crypto {

// An empty path: no passphrase. The caller wipes the result.
Result<std::string> ReadPassphrase(const std::filesystem::path& file);
void WipeSecret(std::string& secret);

}  // namespace gateway::crypto
