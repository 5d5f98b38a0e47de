// Holds all keys with which the gateway works, as bytes in memory: ours, and the partners' public
// ones. They are read once at the start. Each worker thread, and each sandboxed process, makes what
// it works with from them. They are wiped from memory with the object.
//
// Only the security of its kind understands what a key holds. To everybody else these are bytes
// with an owner.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "gateway/key_condition.h"
#include "gateway/result.h"
#include "gateway/security_kind.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"

namespace gateway::security {

// A mailbox has at most one key of each kind.
struct OwnKey {
  SecurityKind kind = SecurityKind::openpgp;
  std::string mailbox;   // whose it is
  std::string identity;  // as in protection.h
  // The names by which signatures may call it (Signature::named_key).
  std::vector<std::string> names;
  Secret secret;  // without its passphrase, which nobody keeps once this is made
};

// The part of a partner's key that counts. Its kind says how we and the partner protect mails.
struct PartnerKey {
  SecurityKind kind = SecurityKind::openpgp;
  std::string partner;             // the partner's name in the configuration
  std::string identity;            // as in protection.h
  std::vector<std::string> names;  // as in OwnKey
  std::string content;             // public
  bool accept_sha1 = false;        // PartnerProfile::accept_sha1
};

struct Keys {
  std::vector<OwnKey> own;
  std::vector<PartnerKey> partners;   // one for each partner
  std::vector<UnusableKey> unusable;  // those among them that cannot be used; for the log
  std::vector<KeyExpiry> expiries;    // those of usable keys that do not last for ever

  // Returns nullptr if the mailbox has no key of this kind, or if the configuration has no such
  // mailbox.
  [[nodiscard]] const OwnKey* OfMailbox(const std::string& name, SecurityKind kind) const;
  // Returns nullptr if there is no such partner, or no partner at all.
  [[nodiscard]] const PartnerKey* OfPartner(const std::string& name) const;
};

// Checks every key as the start of the daemon demands, except that "key-not-usable" is no error
// here. No key may have two owners. Config errors name the file.
Result<Keys> ReadKeys(const std::vector<MailboxSettings>& mailboxes, const std::vector<PartnerSettings>& partners);

// Returns the keys that are needed to open the mails of one mailbox: its secret keys, or none if
// the configuration no longer has the mailbox. The partner's key comes with each mail.
Keys KeysForMailbox(const Keys& keys, const std::string& mailbox);

}  // namespace gateway::security
