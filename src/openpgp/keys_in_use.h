// Says which (sub)key of a key does what at this moment. RNP checks validity when a key is loaded,
// but a daemon that lives for months must look at the clock again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "openpgp/openpgp.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

enum class Usage { sign, encrypt };

// Return null if there is no such key. `fingerprint` or `key_id` may be a subkey's.
KeyHandle FindByFingerprint(rnp_ffi_t ffi, const std::string& fingerprint);
KeyHandle FindByKeyId(rnp_ffi_t ffi, const std::string& key_id);
// Returns the primary key of `key`, which may be one itself. Returns null for no key, and for a
// subkey without its primary key.
KeyHandle PrimaryOf(rnp_ffi_t ffi, rnp_key_handle_t key);

// Returns the primary key of `fingerprint`, followed by its subkeys. It is empty if the key is not
// here.
std::vector<KeyHandle> FamilyOf(rnp_ffi_t ffi, const std::string& fingerprint);

// Returns whether the secret material is in the keyring, and not only a stub of gpg's
// (--export-secret-subkeys, smartcard).
bool HasSecretMaterial(rnp_key_handle_t key);
// Returns whether the key is self-signed, not revoked, not expired now, and flagged for `usage`.
bool IsUsable(rnp_key_handle_t key, Usage usage);
// Chooses as gpg does: the newest usable subkey, otherwise the primary key. Returns null if there
// is none.
KeyHandle UsableKey(rnp_ffi_t ffi, const std::string& fingerprint, Usage usage, bool with_secret);

bool IsExpired(rnp_key_handle_t key);
// Returns when the key's own binding expires, in seconds since 1970. 0 means never.
std::uint64_t ExpiryOf(rnp_key_handle_t key);
// Returns a name such as "EdDSA", "ECDH", "RSA 3072" or "ECDSA NIST P-256".
std::string AlgorithmName(rnp_key_handle_t key);
// Describes a primary key. It does not set sha1_only.
KeyInfo DescribeKey(rnp_ffi_t ffi, const std::string& fingerprint);

}  // namespace gateway::openpgp
