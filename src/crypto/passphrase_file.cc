#include "crypto/passphrase_file.h"

namespace gateway::crypto {

Result<Secret> ReadPassphrase(const std::filesystem::path& file) {
  if (file.empty()) return Secret();
  return ReadPasswordFile(file);
}

}  // namespace gateway::crypto
