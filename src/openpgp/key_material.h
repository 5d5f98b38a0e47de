// All keys that the gateway works with, as bytes in memory: ours, the partners' public ones.
// Read once at start; each worker thread, and each sandboxed process, makes a Keyring of its own from it. Wiped from
// memory when it is destroyed.
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
  Secret armored;           // without its passphrase, which nobody holds once this is made
  std::string mailbox;      // whose key it is; empty in a process that has one mailbox's only
};

// A key that expired or was revoked stops nothing but what needs it.
struct UnusableKey {
  std::string whose;  // "partner klinikum-b", "mailbox main"
  Error why;          // config "key-not-usable"
};

struct KeyExpiry {
  std::string whose;  // as above
  Time until;
};

struct KeyMaterial {
  std::vector<SecretKey> secret_keys;    // one a mailbox
  std::vector<PartnerKey> partner_keys;  // one a partner
  std::vector<UnusableKey> unusable;     // among them; for the log
  std::vector<KeyExpiry> expiries;       // of those that can be used, and not for ever

  // nullptr: the configuration has no such mailbox.
  [[nodiscard]] const SecretKey* OfMailbox(const std::string& name) const;
  // nullptr: no such partner, or none at all.
  [[nodiscard]] const PartnerKey* OfPartner(const std::string& name) const;
};

// Checks every key as CheckMailboxKey and CheckPartnerKey do, except that "key-not-usable" is no error here; then that
// none has two owners (key_owners.h). config errors name the file.
Result<KeyMaterial> ReadKeyMaterial(const std::vector<MailboxSettings>& mailboxes,
                                    const std::vector<PartnerSettings>& partners);

// The keys that opening the mails of one mailbox needs: its secret key, or none if the configuration no longer has the
// mailbox. The partner's key comes with each mail.
KeyMaterial KeysForMailbox(const KeyMaterial& keys, const std::string& mailbox);

// A keyring with ours, unlocked. Before it seals or opens a mail it has to be told whose: Keyring::UsePartner.
Result<Keyring> MakeKeyring(const KeyMaterial& keys);

}  // namespace gateway::openpgp
