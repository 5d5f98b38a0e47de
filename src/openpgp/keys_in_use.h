// Which (sub)key of a key does what, now. RNP judges validity when a key is loaded; a daemon that lives for months has
// to look at the clock again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "openpgp/openpgp.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

enum class Usage { sign, encrypt };

// Null when there is none. `fingerprint` or `key_id` may be a subkey's.
KeyHandle FindByFingerprint(rnp_ffi_t ffi, const std::string& fingerprint);
KeyHandle FindByKeyId(rnp_ffi_t ffi, const std::string& key_id);
// The primary key of `key`, which may be one itself; null for no key, and for a subkey without its primary key.
KeyHandle PrimaryOf(rnp_ffi_t ffi, rnp_key_handle_t key);

// The primary key of `fingerprint`, then its subkeys; empty when it is not here.
std::vector<KeyHandle> FamilyOf(rnp_ffi_t ffi, const std::string& fingerprint);

// Secret material is in the keyring: not a stub of gpg's (--export-secret-subkeys, smartcard).
bool HasSecretMaterial(rnp_key_handle_t key);
// Self-signed, not revoked, not expired now, and flagged for `usage`.
bool IsUsable(rnp_key_handle_t key, Usage usage);
// As gpg chooses: the newest usable subkey, else the primary key; null when there is none.
KeyHandle UsableKey(rnp_ffi_t ffi, const std::string& fingerprint, Usage usage, bool with_secret);

bool IsExpired(rnp_key_handle_t key);
// When the key's own binding expires, in seconds since 1970; 0: never.
std::uint64_t ExpiryOf(rnp_key_handle_t key);
// "EdDSA", "ECDH", "RSA 3072", "ECDSA NIST P-256".
std::string AlgorithmName(rnp_key_handle_t key);
// Of a primary key; sha1_only is not set.
KeyInfo DescribeKey(rnp_ffi_t ffi, const std::string& fingerprint);

}  // namespace gateway::openpgp
