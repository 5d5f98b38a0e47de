#include "openpgp/key_material.h"

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

}  // namespace gateway::openpgp
