#include "openpgp/keys_in_use.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "openpgp/key_strength.h"

namespace gateway::openpgp {
namespace {

const char* NameOf(Usage usage) {
  return usage == Usage::sign ? "sign" : "encrypt";
}

KeyHandle Find(rnp_ffi_t ffi, const char* type, const std::string& identifier) {
  rnp_key_handle_t key = nullptr;
  if (identifier.empty() || rnp_locate_key(ffi, type, identifier.c_str(), &key) != RNP_SUCCESS) return nullptr;
  return KeyHandle(key);
}

std::uint64_t Now() {
  return static_cast<std::uint64_t>(std::time(nullptr));
}

std::vector<std::string> UserIdsOf(rnp_key_handle_t primary) {
  std::vector<std::string> user_ids;
  const std::size_t count = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_uid_count, primary);
  for (std::size_t i = 0; i < count; ++i) {
    char* text = nullptr;
    if (rnp_key_get_uid_at(primary, i, &text) != RNP_SUCCESS) continue;
    const TextBuffer owner(text);
    user_ids.emplace_back(text);
  }
  return user_ids;
}

Time FromSeconds(std::uint64_t seconds) {
  return Time(Seconds(seconds));
}

void TakeLater(rnp_signature_handle_t packet, std::uint32_t& latest) {
  const SignatureHandle owner(packet);
  latest = std::max(latest, NumberOf<rnp_signature_handle_t, std::uint32_t>(rnp_signature_get_creation, packet));
}

// Returns when the latest of these was made, as they say: the key, the signatures on it, and those
// on its user ids.
std::uint32_t LatestOf(rnp_key_handle_t key) {
  std::uint32_t latest = NumberOf(rnp_key_get_creation, key);
  rnp_signature_handle_t packet = nullptr;
  const std::size_t signatures = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_signature_count, key);
  for (std::size_t i = 0; i < signatures; ++i) {
    if (rnp_key_get_signature_at(key, i, &packet) == RNP_SUCCESS) TakeLater(packet, latest);
  }
  const std::size_t user_ids = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_uid_count, key);
  for (std::size_t i = 0; i < user_ids; ++i) {
    rnp_uid_handle_t created = nullptr;
    if (rnp_key_get_uid_handle_at(key, i, &created) != RNP_SUCCESS) continue;
    const UserIdHandle uid(created);
    const std::size_t count = NumberOf<rnp_uid_handle_t, std::size_t>(rnp_uid_get_signature_count, created);
    for (std::size_t n = 0; n < count; ++n) {
      if (rnp_uid_get_signature_at(created, n, &packet) == RNP_SUCCESS) TakeLater(packet, latest);
    }
  }
  return latest;
}

}  // namespace

std::uint64_t ExpiryOf(rnp_key_handle_t key) {
  const std::uint64_t lifetime = NumberOf(rnp_key_get_expiration, key);
  return lifetime == 0 ? 0 : NumberOf(rnp_key_get_creation, key) + lifetime;
}

std::string AlgorithmName(rnp_key_handle_t key) {
  const std::string name = TextOf(rnp_key_get_alg, key);
  const std::string curve = TextOf(rnp_key_get_curve, key);
  if (name == RNP_ALGNAME_EDDSA) return "EdDSA";
  if (name == RNP_ALGNAME_ECDH && curve == "Curve25519") return "ECDH";
  if (!curve.empty()) return name + " " + curve;
  return (name == RNP_ALGNAME_ELGAMAL ? "ElGamal" : name) + " " + std::to_string(NumberOf(rnp_key_get_bits, key));
}

KeyHandle FindByFingerprint(rnp_ffi_t ffi, const std::string& fingerprint) {
  return Find(ffi, "fingerprint", fingerprint);
}

KeyHandle FindByKeyId(rnp_ffi_t ffi, const std::string& key_id) {
  return Find(ffi, "keyid", key_id);
}

KeyHandle PrimaryOf(rnp_ffi_t ffi, rnp_key_handle_t key) {
  if (key == nullptr) return nullptr;
  const bool primary = FlagOf(rnp_key_is_primary, key);
  return FindByFingerprint(ffi, TextOf(primary ? rnp_key_get_fprint : rnp_key_get_primary_fprint, key));
}

std::vector<KeyHandle> FamilyOf(rnp_ffi_t ffi, const std::string& fingerprint) {
  std::vector<KeyHandle> family;
  KeyHandle primary = FindByFingerprint(ffi, fingerprint);
  if (!primary) return family;
  family.push_back(std::move(primary));
  const std::size_t count = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_subkey_count, family.front().get());
  for (std::size_t i = 0; i < count; ++i) {
    rnp_key_handle_t subkey = nullptr;
    if (rnp_key_get_subkey_at(family.front().get(), i, &subkey) == RNP_SUCCESS) family.emplace_back(subkey);
  }
  return family;
}

bool HasSecretMaterial(rnp_key_handle_t key) {
  return FlagOf(rnp_key_have_secret, key) && !TextOf(rnp_key_get_protection_type, key).starts_with("GPG-");
}

bool IsExpired(rnp_key_handle_t key) {
  const std::uint64_t expiry = ExpiryOf(key);
  return (expiry != 0 && expiry <= Now()) || FlagOf(rnp_key_is_expired, key);
}

bool IsUsable(rnp_key_handle_t key, Usage usage) {
  bool allowed = false;
  if (rnp_key_allows_usage(key, NameOf(usage), &allowed) != RNP_SUCCESS || !allowed) return false;
  // For a subkey, "valid till" includes its primary key.
  return FlagOf(rnp_key_is_valid, key) && NumberOf(rnp_key_valid_till64, key) > Now();
}

KeyHandle UsableKey(rnp_ffi_t ffi, const std::string& fingerprint, Usage usage, bool with_secret) {
  std::vector<KeyHandle> family = FamilyOf(ffi, fingerprint);
  KeyHandle* best = nullptr;
  for (KeyHandle& key : family) {
    if (!IsUsable(key.get(), usage) || (with_secret && !HasSecretMaterial(key.get()))) continue;
    // The primary key comes first in the family, and any usable subkey is preferred to it.
    const bool newer = best == nullptr || best == &family.front() ||
                       NumberOf(rnp_key_get_creation, key.get()) > NumberOf(rnp_key_get_creation, best->get());
    if (newer) best = &key;
  }
  return best == nullptr ? nullptr : std::move(*best);
}

// Returns when the last (sub)key that is now usable for `usage` stops to be usable. Returns kNever
// if there is none, or if one never stops.
constexpr std::uint64_t kNever = 0xFFFFFFFF;
std::uint64_t UsableUntil(const std::vector<KeyHandle>& family, Usage usage) {
  std::uint64_t until = 0;
  for (const KeyHandle& key : family) {
    if (IsUsable(key.get(), usage)) until = std::max(until, NumberOf(rnp_key_valid_till64, key.get()));
  }
  return until == 0 ? kNever : std::min(until, kNever);
}

KeyInfo DescribeKey(rnp_ffi_t ffi, const std::string& fingerprint) {
  KeyInfo info;
  info.fingerprint = fingerprint;
  const std::vector<KeyHandle> family = FamilyOf(ffi, fingerprint);
  std::uint32_t made = 0;
  for (const KeyHandle& key : family) {
    made = std::max(made, LatestOf(key.get()));
    if (key != family.front()) info.subkeys.push_back(TextOf(rnp_key_get_fprint, key.get()));
    info.secret = info.secret || HasSecretMaterial(key.get());
    const std::string name = AlgorithmName(key.get());
    if (info.algorithm.empty()) {
      info.algorithm = name;
    } else if ((" + " + info.algorithm + " + ").find(" + " + name + " + ") == std::string::npos) {
      info.algorithm += " + " + name;
    }
  }
  if (family.empty()) return info;
  rnp_key_handle_t primary = family.front().get();
  info.user_ids = UserIdsOf(primary);
  info.can_sign = UsableKey(ffi, fingerprint, Usage::sign, false) != nullptr;
  info.can_encrypt = UsableKey(ffi, fingerprint, Usage::encrypt, false) != nullptr;
  info.created = FromSeconds(NumberOf(rnp_key_get_creation, primary));
  info.made = FromSeconds(made);
  info.expires = FromSeconds(ExpiryOf(primary));
  const std::uint64_t until = std::min(UsableUntil(family, Usage::encrypt), UsableUntil(family, Usage::sign));
  if (until < kNever) info.usable_until = FromSeconds(until);
  info.expired = IsExpired(primary);
  info.revoked = FlagOf(rnp_key_is_revoked, primary);
  info.bits = FewestBits(ffi, fingerprint);
  return info;
}

}  // namespace gateway::openpgp
