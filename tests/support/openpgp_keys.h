// Keys as the pipelines and the open worker get them, made of OpenPGP keys of a test.
#pragma once

#include <string>

#include "openpgp/key_files.h"
#include "openpgp/openpgp.h"
#include "security/examined_keys.h"
#include "security/keys.h"

namespace gateway::security {

inline OwnKey OwnKeyOf(const openpgp::GeneratedKey& key, const std::string& mailbox) {
  return {SecurityKind::openpgp, mailbox, key.info.fingerprint, {}, Secret(key.secret_armored)};
}

inline PartnerKey PartnerKeyOf(const openpgp::GeneratedKey& key, const std::string& partner) {
  PartnerKey made = ReadPartnerKeys(key.public_armored, {})->front().key;
  made.partner = partner;
  return made;
}

// The keyring with which a test does what the owner of the key would do by itself.
inline openpgp::Keyring RingWith(const openpgp::GeneratedKey& key) {
  openpgp::Keyring ring = *openpgp::Keyring::Create();
  (void)ring.Add(key.secret_armored).value();
  return ring;
}

}  // namespace gateway::security
