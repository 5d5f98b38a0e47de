#include "crypto/key_material.h"

#include "base/files.h"
#include "crypto/key_files.h"

namespace gateway::crypto {
namespace {

void Note(const std::string& whose, const Result<KeyInfo>& key, KeyMaterial& keys) {
  if (!key) {
    keys.unusable.push_back({whose, key.error()});
  } else if (key->usable_until != Time{}) {
    keys.expiries.push_back({whose, key->usable_until});
  }
}

}  // namespace

Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners) {
  KeyMaterial keys;
  for (const MailboxSettings& mailbox : mailboxes) {
    GATEWAY_ASSIGN(MailboxKey key, LoadMailboxKey(mailbox));
    Note("mailbox " + mailbox.name, key.unusable ? Result<KeyInfo>(*key.unusable) : key.info, keys);
    keys.secret_keys.push_back({std::move(key.info.fingerprint), std::move(key.unprotected)});
  }
  for (const PartnerSettings& partner : partners) {
    const Result<KeyInfo> checked = CheckPartnerKey(partner);
    if (!checked && checked.error().code != "key-not-usable") return checked.error();
    Note("partner " + partner.name, checked, keys);
    GATEWAY_ASSIGN(std::string content, ReadSmallFile(partner.key_file));
    keys.public_keys.push_back(std::move(content));
    if (partner.profile.accept_sha1) keys.policy.allow_sha1 = true;
  }
  return keys;
}

KeyMaterial KeysForMailbox(const KeyMaterial& keys, std::size_t mailbox) {
  KeyMaterial own;
  if (mailbox < keys.secret_keys.size()) {
    const SecretKey& key = keys.secret_keys[mailbox];
    own.secret_keys.push_back({key.fingerprint, Secret(key.armored.view())});
  }
  own.public_keys = keys.public_keys;
  own.policy = keys.policy;
  return own;
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
