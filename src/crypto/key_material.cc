#include "crypto/key_material.h"

#include "base/files.h"
#include "crypto/key_files.h"
#include "crypto/passphrase_file.h"

namespace gateway::crypto {

KeyMaterial::~KeyMaterial() {
  for (SecretKey& key : secret_keys) {
    WipeSecret(key.armored);
    WipeSecret(key.passphrase);
  }
}

Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners) {
  KeyMaterial keys;
  for (const MailboxSettings& mailbox : mailboxes) {
    GATEWAY_ASSIGN(const KeyInfo info, CheckMailboxKey(mailbox));
    SecretKey key;
    key.fingerprint = info.fingerprint;
    GATEWAY_ASSIGN(key.armored, ReadSmallFile(mailbox.key.file));
    GATEWAY_ASSIGN(key.passphrase, ReadPassphrase(mailbox.key.passphrase_file));
    keys.secret_keys.push_back(std::move(key));
  }
  for (const PartnerSettings& partner : partners) {
    GATEWAY_TRY(CheckPartnerKey(partner));
    GATEWAY_ASSIGN(std::string content, ReadSmallFile(partner.key_file));
    keys.public_keys.push_back(std::move(content));
    if (partner.profile.accept_sha1) keys.policy.allow_sha1 = true;
  }
  return keys;
}

Result<Keyring> MakeKeyring(const KeyMaterial& keys) {
  GATEWAY_ASSIGN(Keyring keyring, Keyring::Create(keys.policy));
  for (const SecretKey& key : keys.secret_keys) {
    GATEWAY_TRY(keyring.Add(key.armored));
    if (!key.passphrase.empty()) GATEWAY_TRY(keyring.Unlock(key.fingerprint, key.passphrase));
  }
  for (const std::string& key : keys.public_keys) GATEWAY_TRY(keyring.Add(key));
  return keyring;
}

}  // namespace gateway::crypto
