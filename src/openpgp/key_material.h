// Reads all OpenPGP keys that the configuration names, as bytes in memory: ours, and the partners'
// public ones. They are wiped from memory with the object.
#pragma once

#include <string>
#include <vector>

#include "gateway/key_condition.h"
#include "gateway/result.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "openpgp/openpgp.h"

namespace gateway::openpgp {

struct SecretKey {
  std::string fingerprint;  // of the primary key
  Secret armored;           // without its passphrase, which nobody keeps once this is made
  std::string mailbox;      // whose key it is
};

struct KeyMaterial {
  std::vector<SecretKey> secret_keys;    // one for each mailbox
  std::vector<PartnerKey> partner_keys;  // one for each partner
  std::vector<UnusableKey> unusable;     // those among them that cannot be used; for the log
  std::vector<KeyExpiry> expiries;       // those of usable keys that do not last for ever
};

// Checks every key as CheckMailboxKey() and CheckPartnerKey() do, except that "key-not-usable" is
// no error here. Then it checks that no key has two owners (key_owners.h). Config errors name the
// file.
Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners);

}  // namespace gateway::openpgp
