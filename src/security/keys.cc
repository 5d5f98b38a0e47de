#include "security/keys.h"

#include <algorithm>

#include "security/securities.h"

namespace gateway::security {

const OwnKey* Keys::OfMailbox(const std::string& name, SecurityKind kind) const {
  const auto found =
      std::ranges::find_if(own, [&](const OwnKey& key) { return key.mailbox == name && key.kind == kind; });
  return found == own.end() ? nullptr : &*found;
}

const PartnerKey* Keys::OfPartner(const std::string& name) const {
  const auto found = std::ranges::find(partners, name, &PartnerKey::partner);
  return found == partners.end() ? nullptr : &*found;
}

Result<Keys> ReadKeys(const std::vector<MailboxSettings>& mailboxes, const std::vector<PartnerSettings>& partners) {
  Keys keys;
  for (const MailSecurity& security : Securities()) GATEWAY_TRY(security.read_keys(mailboxes, partners, keys));
  return keys;
}

Keys KeysForMailbox(const Keys& keys, const std::string& mailbox) {
  Keys of_mailbox;
  for (const OwnKey& key : keys.own) {
    if (key.mailbox != mailbox) continue;
    of_mailbox.own.push_back({key.kind, key.mailbox, key.identity, key.names, Secret(key.secret.view())});
  }
  return of_mailbox;
}

}  // namespace gateway::security
