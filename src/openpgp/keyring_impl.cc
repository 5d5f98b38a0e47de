#include "openpgp/keyring_impl.h"

#include <fcntl.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/handles.h"
#include "base/secret.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_content.h"
#include "openpgp/key_files.h"
#include "openpgp/key_packets.h"
#include "openpgp/keys_in_use.h"
#include "openpgp/rnp_streams.h"

namespace gateway::openpgp {
namespace {

constexpr std::size_t kMaxPassphrase = 255;  // RNP's MAX_PASSWORD_LENGTH

// RNP asks for the passphrase of a locked key, or of a message that is encrypted to a passphrase.
// There never is one.
bool NoPassphrase(rnp_ffi_t, void*, rnp_key_handle_t, const char*, char*, std::size_t) {
  return false;
}

// RNP's list is {"keys": [{"fingerprint": "...", ...}, ...]}, and includes subkeys.
std::vector<std::string> ImportedFingerprints(const char* imported) {
  std::vector<std::string> fingerprints;
  const nlohmann::json root = nlohmann::json::parse(imported, nullptr, false);
  if (!root.is_object() || !root.contains("keys")) return fingerprints;
  for (const nlohmann::json& key : root["keys"]) {
    if (!key.is_object() || !key.contains("fingerprint") || !key["fingerprint"].is_string()) continue;
    fingerprints.push_back(NormaliseFingerprint(key["fingerprint"].get<std::string>()));
  }
  return fingerprints;
}

std::uint32_t LevelOf(Sha1 sha1) {
  return sha1 == Sha1::allowed ? RNP_SECURITY_DEFAULT : RNP_SECURITY_INSECURE;
}

// Must be called before keys are loaded, because RNP keeps its opinion of their signatures.
bool SetRule(rnp_ffi_t ffi, Sha1 sha1) {
  if (sha1 == Sha1::by_date) return true;
  return rnp_add_security_rule(ffi, RNP_FEATURE_HASH_ALG, RNP_ALGNAME_SHA1, RNP_SECURITY_OVERRIDE, 0, LevelOf(sha1)) ==
         RNP_SUCCESS;
}

bool UnsetRule(rnp_ffi_t ffi, Sha1 sha1) {
  if (sha1 == Sha1::by_date) return true;
  std::size_t removed = 0;
  return rnp_remove_security_rule(ffi, RNP_FEATURE_HASH_ALG, RNP_ALGNAME_SHA1, LevelOf(sha1), RNP_SECURITY_OVERRIDE, 0,
                                  &removed) == RNP_SUCCESS &&
         removed == 1;
}

// Explains a key file from which RNP takes nothing: the kind of the key in it, or the reason why
// there is none.
Error WhyUnreadable(std::string_view packets) {
  Result<std::vector<TransferableKey>> split = SplitKeys(packets);
  if (!split) return split.error();
  for (TransferableKey& one : *split) WipeText(one.packets);
  if (split->empty()) return ConfigError(codes::kKeyUnreadable, "no OpenPGP key in it");
  return ConfigError(codes::kKeyUnreadable, "it holds a key of " + split->front().keys.front().Kind() +
                                                ", which RNP, the OpenPGP of this gateway, cannot read; ask for one of "
                                                "version 4 with RSA, EdDSA + ECDH, or NIST or Brainpool curves");
}

}  // namespace

Passphrase::~Passphrase() {
  OPENSSL_cleanse(text_.data(), text_.size());
}

bool Passphrase::IsRepresentable() const {
  return text_.size() <= kMaxPassphrase && text_.find('\0') == std::string::npos;
}

Result<FfiHandle> CreateFfi(Sha1 sha1) {
  rnp_ffi_t created = nullptr;
  if (rnp_ffi_create(&created, RNP_KEYSTORE_GPG, RNP_KEYSTORE_GPG) != RNP_SUCCESS) {
    return Transient(codes::kOpenpgpUnavailable, "RNP does not start");
  }
  FfiHandle ffi(created);
  UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!null || rnp_ffi_set_log_fd(created, null.get()) != RNP_SUCCESS) {
    return Transient(codes::kOpenpgpUnavailable, "cannot open /dev/null");
  }
  (void)null.Detach();  // RNP closes it
  if (rnp_ffi_set_pass_provider(created, &NoPassphrase, nullptr) != RNP_SUCCESS || !SetRule(created, sha1)) {
    return Transient(codes::kOpenpgpUnavailable, "RNP does not start");
  }
  return ffi;
}

bool ChangeRule(rnp_ffi_t ffi, Sha1 from, Sha1 to) {
  return from == to || (UnsetRule(ffi, from) && SetRule(ffi, to));
}

Result<std::vector<KeyInfo>> ImportKeys(rnp_ffi_t ffi, std::string_view content) {
  GATEWAY_ASSIGN(std::string packets, ReadKeyContent(content));
  const WipedAtEnd wiped(packets);
  const InputHandle input = InputFromMemory(packets);
  // RNP_LOAD_SAVE_PERMISSIVE passes over user attributes and subkeys of unknown algorithms, as gpg
  // does.
  constexpr std::uint32_t kFlags = RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS | RNP_LOAD_SAVE_PERMISSIVE;
  char* text = nullptr;
  if (rnp_import_keys(ffi, input.get(), kFlags, &text) != RNP_SUCCESS) {
    return WhyUnreadable(packets);
  }
  const TextBuffer owner(text);
  std::vector<KeyInfo> keys;
  for (const std::string& fingerprint : ImportedFingerprints(text)) {
    const KeyHandle key = FindByFingerprint(ffi, fingerprint);
    const bool listed =
        std::any_of(keys.begin(), keys.end(), [&](const KeyInfo& info) { return info.fingerprint == fingerprint; });
    if (key && !listed && FlagOf(rnp_key_is_primary, key.get())) keys.push_back(DescribeKey(ffi, fingerprint));
  }
  if (keys.empty()) return WhyUnreadable(packets);
  return keys;
}

}  // namespace gateway::openpgp
