#include "openpgp/passphrase_file.h"

namespace gateway::openpgp {

Result<Secret> ReadPassphrase(const std::filesystem::path& file) {
  if (file.empty()) return Secret();
  return ReadPasswordFile(file);
}

}  // namespace gateway::openpgp
