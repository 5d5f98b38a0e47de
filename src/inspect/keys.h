// These are the keys with which a mail is checked.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "security/examined_keys.h"
#include "security/openers.h"

namespace gateway::inspect {

// The fewest bits of RSA, DSA and ElGamal keys: the default of PartnerProfile::min_key_bits.
inline constexpr unsigned kFewestBits = 2048;

struct Keys {
  std::unique_ptr<security::MailOpeners> openers;   // hold ours; accept SHA-1, because that is reported
  std::vector<security::KeyFacts> own;              // the keys of --key; if there are none, nothing can be opened
  std::vector<security::ExaminedPartner> partners;  // used one at a time: MailOpeners::UsePartner()

  static Result<Keys> Make();
  // Adds the secret keys in the content of a key file. Errors: those of MailOpeners::AddOwnKeys(),
  // and config "no-secret-key".
  Result<void> AddOwn(std::string_view content, const Secret& passphrase);
  // Adds the keys in the content of a key file. What the file says of other people's keys does not
  // count. Errors: those of security::ReadPartnerKeys().
  Result<void> AddPartners(std::string_view content);
};

// Return nullptr if it is none of these keys. `name` is one by which messages call a key.
const security::KeyFacts* FindKey(const std::vector<security::KeyFacts>& keys, const std::string& name);
const security::ExaminedPartner* FindKey(const std::vector<security::ExaminedPartner>& partners,
                                         const std::string& name);

bool NamesAddress(const security::KeyFacts& key, const std::string& address);

}  // namespace gateway::inspect
