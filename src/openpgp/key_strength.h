// Says how far a key can be trusted: the size of its numbers, and the hashes on which its
// self-signatures rest.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "openpgp/openpgp.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

// Returns the bits of an RSA, DSA or ElGamal (sub)key, and 0 for any other.
unsigned FactoringBits(rnp_key_handle_t key);
// Returns the fewest bits among the primary key, the parts that sign, and the part to which we
// encrypt. Returns 0 if none of these is RSA, DSA or ElGamal.
unsigned FewestBits(rnp_ffi_t ffi, const std::string& fingerprint);

// Returns which of `keys`, imported into `ffi` from `content`, sign or encrypt only as long as
// SHA-1 is good enough.
Result<std::set<std::string>> FindSha1Only(rnp_ffi_t ffi, const std::vector<KeyInfo>& keys, std::string_view content);

}  // namespace gateway::openpgp
