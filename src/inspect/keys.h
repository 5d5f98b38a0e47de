// The keys that a mail is held against.
#pragma once

#include <string>
#include <vector>

#include "openpgp/key_file_reader.h"
#include "openpgp/openpgp.h"

namespace gateway::inspect {

inline constexpr unsigned kFewestBits = 2048;  // of RSA, DSA and ElGamal: PartnerProfile::min_key_bits, if not set

// One primary key of a --partner-key file. What the file says of others' keys does not count.
struct Partner {
  openpgp::KeyInfo info;
  openpgp::PartnerKey key;
};

struct Keys {
  openpgp::Keyring ring;              // with ours; takes SHA-1: that is reported
  std::vector<openpgp::KeyInfo> own;  // of --key; none: nothing can be opened
  std::vector<Partner> partners;      // each used by itself: Keyring::UsePartner

  // Of the content of a key file. config errors as ReadKeyFile; "secret-key-of-partner".
  Result<void> AddPartners(std::string_view content);
};

// nullptr: it is none of them. `key_id`: 16 hex digits, of a subkey too.
const openpgp::KeyInfo* FindKey(const std::vector<openpgp::KeyInfo>& keys, const std::string& key_id);
const Partner* FindKey(const std::vector<Partner>& partners, const std::string& key_id);

bool NamesAddress(const openpgp::KeyInfo& key, const std::string& address);

}  // namespace gateway::inspect
