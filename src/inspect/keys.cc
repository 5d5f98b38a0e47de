#include "inspect/keys.h"

#include <algorithm>

namespace gateway::inspect {

const crypto::KeyInfo* FindKey(const std::vector<crypto::KeyInfo>& keys, const std::string& key_id) {
  for (const crypto::KeyInfo& key : keys) {
    const bool is_subkey = std::any_of(key.subkeys.begin(), key.subkeys.end(),
                                       [&](const std::string& fingerprint) { return fingerprint.ends_with(key_id); });
    if (is_subkey || key.fingerprint.ends_with(key_id)) return &key;
  }
  return nullptr;
}

}  // namespace gateway::inspect
