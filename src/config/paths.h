// Resolves and checks paths as the configuration writes them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::config {

// Returns an absolute path. Relative ones start at the directory of `file`, the YAML file that
// holds them. The prefix $CREDENTIALS_DIRECTORY/ means systemd's credentials (systemd.exec(5)). If
// the variable is not set, it means those of our package's service, which exist while the service
// runs. The error's detail is for the administrator.
Result<std::filesystem::path> ResolvePath(std::string_view text, const std::filesystem::path& file);

// Returns the words that go before the reason why the file that `text` names cannot be used. They
// say that CREDENTIALS_DIRECTORY is missing. Otherwise they are empty.
std::string WhyNoCredentials(std::string_view text);

// Checks that this is a regular file that this process may read. The error's detail says why not.
Result<void> CheckReadable(const std::filesystem::path& path);

// Checks that this file holds certificates of CAs, and that others may not change it
// (ReadAuthorityFile() of base/authority_file.h, CheckTrustedFile() of base/trusted_path.h). The
// error is transient if no certificate is valid today, because the clock may be wrong at boot, and
// somebody may renew the file.
Result<void> CheckAuthorities(const std::filesystem::path& path);

// Checks that this is a program that this process may start. The error's detail says why not.
Result<void> CheckProgram(const std::filesystem::path& path);

// Does the same as CheckReadable(), and checks that the file is kept from others (CheckSecretFile()
// of base/secret.h).
Result<void> CheckSecret(const std::filesystem::path& path);

// Does the same as CheckSecret(), and checks that the file holds a password of one line.
Result<void> CheckPassword(const std::filesystem::path& path);

// Checks that this is a directory in which this process may make files. The error's detail says why
// not.
Result<void> CheckDirectory(const std::filesystem::path& path);

}  // namespace gateway::config
