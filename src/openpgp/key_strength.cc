#include "openpgp/key_strength.h"

#include <algorithm>
#include <cstdint>

#include "openpgp/keyring_impl.h"
#include "openpgp/keys_in_use.h"

namespace gateway::openpgp {
namespace {

bool IsSha1(rnp_signature_handle_t packet) {
  const SignatureHandle owner(packet);
  return TextOf(rnp_signature_get_hash_alg, packet) == RNP_ALGNAME_SHA1;
}

bool HasSha1InUserIds(rnp_key_handle_t key) {
  const std::size_t count = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_uid_count, key);
  for (std::size_t i = 0; i < count; ++i) {
    rnp_uid_handle_t created = nullptr;
    if (rnp_key_get_uid_handle_at(key, i, &created) != RNP_SUCCESS) continue;
    const UserIdHandle uid(created);
    const std::size_t signatures = NumberOf<rnp_uid_handle_t, std::size_t>(rnp_uid_get_signature_count, uid.get());
    for (std::size_t n = 0; n < signatures; ++n) {
      rnp_signature_handle_t packet = nullptr;
      if (rnp_uid_get_signature_at(uid.get(), n, &packet) == RNP_SUCCESS && IsSha1(packet)) return true;
    }
  }
  return false;
}

bool HasSha1(rnp_key_handle_t key) {
  const std::size_t count = NumberOf<rnp_key_handle_t, std::size_t>(rnp_key_get_signature_count, key);
  for (std::size_t i = 0; i < count; ++i) {
    rnp_signature_handle_t packet = nullptr;
    if (rnp_key_get_signature_at(key, i, &packet) == RNP_SUCCESS && IsSha1(packet)) return true;
  }
  return HasSha1InUserIds(key);
}

// Certificates of other people count too. This only saves the work for keys that cannot rest on
// SHA-1.
bool MayRestOnSha1(rnp_ffi_t ffi, const std::string& fingerprint) {
  const std::vector<KeyHandle> family = FamilyOf(ffi, fingerprint);
  return std::any_of(family.begin(), family.end(), [](const KeyHandle& key) { return HasSha1(key.get()); });
}

bool Loses(bool before, bool after) {
  return before && !after;
}

}  // namespace

unsigned FactoringBits(rnp_key_handle_t key) {
  const std::string algorithm = TextOf(rnp_key_get_alg, key);
  const bool counts = algorithm == RNP_ALGNAME_RSA || algorithm == RNP_ALGNAME_DSA || algorithm == RNP_ALGNAME_ELGAMAL;
  return counts ? NumberOf<rnp_key_handle_t, std::uint32_t>(rnp_key_get_bits, key) : 0;
}

unsigned FewestBits(rnp_ffi_t ffi, const std::string& fingerprint) {
  const std::vector<KeyHandle> family = FamilyOf(ffi, fingerprint);
  unsigned fewest = 0;
  const auto take = [&fewest](rnp_key_handle_t key) {
    const unsigned bits = FactoringBits(key);
    if (bits != 0 && (fewest == 0 || bits < fewest)) fewest = bits;
  };
  for (const KeyHandle& key : family) {
    if (key == family.front() || IsUsable(key.get(), Usage::sign)) take(key.get());
  }
  if (const KeyHandle key = UsableKey(ffi, fingerprint, Usage::encrypt, false)) take(key.get());
  return fewest;
}

// Asks RNP twice what the key can do, once with SHA-1 and once without.
Result<std::set<std::string>> FindSha1Only(rnp_ffi_t ffi, const std::vector<KeyInfo>& keys, std::string_view content) {
  std::set<std::string> found;
  const bool any =
      std::any_of(keys.begin(), keys.end(), [&](const KeyInfo& key) { return MayRestOnSha1(ffi, key.fingerprint); });
  if (!any) return found;
  GATEWAY_ASSIGN(const FfiHandle with, CreateFfi(Sha1::allowed));
  GATEWAY_ASSIGN(const FfiHandle without, CreateFfi(Sha1::prohibited));
  GATEWAY_TRY(ImportKeys(with.get(), content));
  GATEWAY_TRY(ImportKeys(without.get(), content));
  for (const KeyInfo& key : keys) {
    const KeyInfo best = DescribeKey(with.get(), key.fingerprint);
    const KeyInfo worst = DescribeKey(without.get(), key.fingerprint);
    const bool rests_on_it = Loses(best.can_sign, worst.can_sign) || Loses(best.can_encrypt, worst.can_encrypt);
    if (rests_on_it) found.insert(key.fingerprint);
  }
  return found;
}

}  // namespace gateway::openpgp
