#include "crypto/key_material.h"

#include "base/files.h"
#include "crypto/key_files.h"

namespace gateway::crypto {

Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners) {
  KeyMaterial keys;
  for (const MailboxSettings& mailbox : mailboxes) {
    GATEWAY_ASSIGN(MailboxKey key, LoadMailboxKey(mailbox));
    if (key.unusable) keys.unusable.push_back({"mailbox " + mailbox.name, *key.unusable});
    keys.secret_keys.push_back({std::move(key.info.fingerprint), std::move(key.unprotected)});
  }
  for (const PartnerSettings& partner : partners) {
    if (const Result<KeyInfo> checked = CheckPartnerKey(partner); !checked) {
      if (checked.error().code != "key-not-usable") return checked.error();
      keys.unusable.push_back({"partner " + partner.name, checked.error()});
    }
    GATEWAY_ASSIGN(std::string content, ReadSmallFile(partner.key_file));
    keys.public_keys.push_back(std::move(content));
    if (partner.profile.accept_sha1) keys.policy.allow_sha1 = true;
  }
  return keys;
}

Result<Keyring> MakeKeyring(const KeyMaterial& keys) {
  GATEWAY_ASSIGN(Keyring keyring, Keyring::Create(keys.policy));
  for (const SecretKey& key : keys.secret_keys) {
    GATEWAY_TRY(keyring.Add(key.armored.view()));
  }
  for (const std::string& key : keys.public_keys) GATEWAY_TRY(keyring.Add(key));
  return keyring;
}

}  // namespace gateway::crypto
