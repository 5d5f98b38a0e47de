// The keys that a mail is held against.
#pragma once

#include <string>
#include <vector>

#include "crypto/openpgp.h"

namespace gateway::inspect {

inline constexpr unsigned kFewestBits = 2048;  // of RSA, DSA and ElGamal: PartnerProfile::min_key_bits, if not set

struct Keys {
  crypto::Keyring ring;                   // takes SHA-1: that is reported
  std::vector<crypto::KeyInfo> own;       // of --key; none: nothing can be opened
  std::vector<crypto::KeyInfo> partners;  // of --partner-key
};

// nullptr: it is none of them. `key_id`: 16 hex digits, of a subkey too.
const crypto::KeyInfo* FindKey(const std::vector<crypto::KeyInfo>& keys, const std::string& key_id);

}  // namespace gateway::inspect
