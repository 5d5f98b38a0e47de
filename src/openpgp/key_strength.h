// How far a key can be trusted: the size of its numbers, and the hashes that its self-signatures rest on.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "openpgp/openpgp.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

// Of an RSA, DSA or ElGamal (sub)key; 0 for any other.
unsigned FactoringBits(rnp_key_handle_t key);
// The fewest among the primary key, what signs and what we encrypt to; 0: none of them is RSA, DSA or ElGamal.
unsigned FewestBits(rnp_ffi_t ffi, const std::string& fingerprint);

// Which of `keys`, imported into `ffi` from `content`, sign or encrypt only as long as SHA-1 is good enough.
Result<std::set<std::string>> FindSha1Only(rnp_ffi_t ffi, const std::vector<KeyInfo>& keys, std::string_view content);

}  // namespace gateway::openpgp
