// Holds all keys with which the gateway works, as bytes in memory: ours, and the partners' public
// ones. They are read once at the start. Each worker thread, and each sandboxed process, makes a
// Keyring of its own from them. They are wiped from memory with the object.
#pragma once

#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "openpgp/openpgp.h"

namespace gateway::openpgp {

struct SecretKey {
  std::string fingerprint;  // of the primary key
  // Without its passphrase, which nobody keeps once this is made.
  Secret armored;
  // Whose key it is. Empty in a process that has the key of only one mailbox.
  std::string mailbox;
};

// A key that is expired or revoked stops only what needs it.
struct UnusableKey {
  std::string whose;  // "partner klinikum-b", "mailbox main"
  Error why;          // config "key-not-usable"
};

struct KeyExpiry {
  std::string whose;  // as above
  Time until;
};

struct KeyMaterial {
  std::vector<SecretKey> secret_keys;    // one for each mailbox
  std::vector<PartnerKey> partner_keys;  // one for each partner
  std::vector<UnusableKey> unusable;     // those among them that cannot be used; for the log
  std::vector<KeyExpiry> expiries;       // those of usable keys that do not last for ever

  // Returns nullptr if the configuration has no such mailbox.
  [[nodiscard]] const SecretKey* OfMailbox(const std::string& name) const;
  // Returns nullptr if there is no such partner, or no partner at all.
  [[nodiscard]] const PartnerKey* OfPartner(const std::string& name) const;
};

// Checks every key as CheckMailboxKey() and CheckPartnerKey() do, except that "key-not-usable" is
// no error here. Then it checks that no key has two owners (key_owners.h). Config errors name the
// file.
Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners);

// Returns the keys that are needed to open the mails of one mailbox: its secret key, or none if the
// configuration no longer has the mailbox. The partner's key comes with each mail.
KeyMaterial KeysForMailbox(const KeyMaterial& keys, const std::string& mailbox);

// Makes a keyring with our keys, unlocked. Before it seals or opens a mail, the caller must say
// whose mail it is: Keyring::UsePartner().
Result<Keyring> MakeKeyring(const KeyMaterial& keys);

}  // namespace gateway::openpgp
