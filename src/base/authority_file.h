// Reads a file with the certificates of CAs that a person trusts, in PEM.
#pragma once

#include <cstddef>
#include <filesystem>

#include "gateway/result.h"

namespace gateway {

struct AuthorityFile {
  std::size_t certificates = 0;
  std::size_t valid_today = 0;  // neither expired nor valid only from a later day on
  std::size_t authorities = 0;  // those that may vouch for other certificates
};

// Reads the file as OpenSSL does when it sets up TLS. Errors: config "tls-ca-unusable" if the file
// holds no certificate or one that cannot be read; permanent "file-too-large"; and those of
// ReadSmallFile().
Result<AuthorityFile> ReadAuthorityFile(const std::filesystem::path& path);

}  // namespace gateway
