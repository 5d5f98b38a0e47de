#include "openpgp/key_material.h"

#include <algorithm>
#include <utility>

#include "openpgp/key_files.h"
#include "openpgp/key_owners.h"

namespace gateway::openpgp {
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
  std::vector<KeyOwner> owners;
  for (const MailboxSettings& mailbox : mailboxes) {
    GATEWAY_ASSIGN(MailboxKey key, LoadMailboxKey(mailbox));
    owners.push_back(OwnerOf(mailbox, key));
    Note("mailbox " + mailbox.name, key.unusable ? Result<KeyInfo>(*key.unusable) : key.info, keys);
    keys.secret_keys.push_back({std::move(key.info.fingerprint), std::move(key.unprotected), mailbox.name});
  }
  for (const PartnerSettings& partner : partners) {
    GATEWAY_ASSIGN(LoadedPartnerKey loaded, LoadPartnerKey(partner));
    Note("partner " + partner.name, loaded.unusable ? Result<KeyInfo>(*loaded.unusable) : loaded.file.info, keys);
    owners.push_back(OwnerOf(partner, loaded.file));
    keys.partner_keys.push_back(std::move(loaded.key));
  }
  const std::vector<SharedKey> shared = FindSharedKeys(owners);
  if (!shared.empty()) return shared.front().error;
  return keys;
}

const SecretKey* KeyMaterial::OfMailbox(const std::string& name) const {
  const auto found = std::ranges::find(secret_keys, name, &SecretKey::mailbox);
  return found == secret_keys.end() ? nullptr : &*found;
}

const PartnerKey* KeyMaterial::OfPartner(const std::string& name) const {
  const auto found = std::ranges::find(partner_keys, name, &PartnerKey::partner);
  return found == partner_keys.end() ? nullptr : &*found;
}

KeyMaterial KeysForMailbox(const KeyMaterial& keys, const std::string& mailbox) {
  KeyMaterial own;
  if (const SecretKey* const key = keys.OfMailbox(mailbox); key != nullptr) {
    own.secret_keys.push_back({key->fingerprint, Secret(key->armored.view()), key->mailbox});
  }
  return own;
}

Result<Keyring> MakeKeyring(const KeyMaterial& keys) {
  GATEWAY_ASSIGN(Keyring keyring, Keyring::Create());
  for (const SecretKey& key : keys.secret_keys) {
    GATEWAY_TRY(keyring.Add(key.armored.view()));
  }
  return keyring;
}

}  // namespace gateway::openpgp
