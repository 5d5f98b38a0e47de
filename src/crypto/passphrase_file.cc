#include "crypto/passphrase_file.h"

#include <openssl/crypto.h>

#include "base/files.h"

namespace gateway::crypto {

Result<std::string> ReadPassphrase(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  GATEWAY_ASSIGN(std::string passphrase, ReadSmallFile(file, 4096));
  while (!passphrase.empty() && (passphrase.back() == '\n' || passphrase.back() == '\r')) passphrase.pop_back();
  return passphrase;
}

void WipeSecret(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace gateway::crypto
