// Paths as the configuration writes them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::config {

// Absolute: relative ones start at the directory of `file`, the YAML file that holds them; $CREDENTIALS_DIRECTORY/ at
// the start stands for systemd's credentials (systemd.exec(5)): where it is not set, for those of our package's
// service, which are there while it runs. The error's detail is for the administrator.
Result<std::filesystem::path> ResolvePath(std::string_view text, const std::filesystem::path& file);

// What comes before the reason why the file that `text` names cannot be used, where CREDENTIALS_DIRECTORY is missing;
// otherwise empty.
std::string WhyNoCredentials(std::string_view text);

// A regular file that this process may read. The error's detail says why not.
Result<void> CheckReadable(const std::filesystem::path& path);

// A program that this process may start. The error's detail says why not.
Result<void> CheckProgram(const std::filesystem::path& path);

// As CheckReadable, and kept from others: CheckSecretFile of base/secret.h.
Result<void> CheckSecret(const std::filesystem::path& path);

// A directory in which this process may make files. The error's detail says why not.
Result<void> CheckDirectory(const std::filesystem::path& path);

}  // namespace gateway::config
