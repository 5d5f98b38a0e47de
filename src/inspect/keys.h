// These are the keys with which a mail is checked.
#pragma once

#include <string>
#include <vector>

#include "openpgp/key_file_reader.h"
#include "openpgp/openpgp.h"

namespace gateway::inspect {

// The fewest bits of RSA, DSA and ElGamal keys: the default of PartnerProfile::min_key_bits.
inline constexpr unsigned kFewestBits = 2048;

// One primary key of a --partner-key file. What the file says of other people's keys does not
// count.
struct Partner {
  openpgp::KeyInfo info;
  openpgp::PartnerKey key;
};

struct Keys {
  openpgp::Keyring ring;              // holds ours; accepts SHA-1, because that is reported
  std::vector<openpgp::KeyInfo> own;  // the keys of --key; if there are none, nothing can be opened
  std::vector<Partner> partners;      // used one at a time: Keyring::UsePartner()

  // Adds the keys in the content of a key file. Errors: those of ReadKeyFile() (config), and
  // "secret-key-of-partner".
  Result<void> AddPartners(std::string_view content);
};

// Returns nullptr if it is none of these keys. `key_id` is 16 hex digits, and may be that of a
// subkey.
const openpgp::KeyInfo* FindKey(const std::vector<openpgp::KeyInfo>& keys, const std::string& key_id);
const Partner* FindKey(const std::vector<Partner>& partners, const std::string& key_id);

bool NamesAddress(const openpgp::KeyInfo& key, const std::string& address);

}  // namespace gateway::inspect
