// All keys that the gateway works with, as bytes in memory: ours with their passphrases, the partners' public ones.
// Read once at start; each worker thread, and each sandboxed process, makes a Keyring of its own from it. Wiped from
// memory when it is destroyed.
#pragma once

#include <string>
#include <vector>

#include "crypto/openpgp.h"
#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::crypto {

struct SecretKey {
  std::string fingerprint;  // of the primary key
  std::string armored;
  std::string passphrase;  // empty: not protected
};

struct KeyMaterial {
  std::vector<SecretKey> secret_keys;    // one a mailbox, in the order of the settings
  std::vector<std::string> public_keys;  // one a partner
  SecurityPolicy policy;                 // what at least one partner's profile lets through

  KeyMaterial() = default;
  KeyMaterial(KeyMaterial&&) = default;
  KeyMaterial& operator=(KeyMaterial&&) = default;
  ~KeyMaterial();
};

// Checks every key as CheckMailboxKey and CheckPartnerKey do. config errors name the file.
Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners);

// A keyring with all of them, ours unlocked.
Result<Keyring> MakeKeyring(const KeyMaterial& keys);

}  // namespace gateway::crypto
