#include "openpgp/openpgp.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "base/error_codes.h"
#include "openpgp/armor.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_files.h"
#include "openpgp/key_strength.h"
#include "openpgp/keyring_impl.h"
#include "openpgp/keys_in_use.h"
#include "openpgp/rnp_silence.h"
#include "openpgp/rnp_streams.h"
#include "policy/error_codes.h"

namespace gateway::openpgp {
namespace {

constexpr int kCompressionLevel = 6;

const char* NameOf(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "Uncompressed";
    case Compression::zip:
      return "ZIP";
    case Compression::zlib:
      return "ZLIB";
    case Compression::bzip2:
      return "BZip2";
  }
  return "Uncompressed";
}

Error NotUsable(const std::string& fingerprint, std::string_view why) {
  return ConfigError(codes::kKeyNotUsable, fingerprint + ": " + std::string(why));
}

// Returns why UsableKey() found nothing.
Error NotUsable(rnp_ffi_t ffi, const std::string& fingerprint, Usage usage) {
  const KeyHandle key = FindByFingerprint(ffi, fingerprint);
  if (!key) return NotUsable(fingerprint, "not in the keyring");
  if (FlagOf(rnp_key_is_revoked, key.get())) return NotUsable(fingerprint, "revoked");
  if (IsExpired(key.get())) return NotUsable(fingerprint, "expired");
  return NotUsable(fingerprint,
                   usage == Usage::sign ? "no usable secret (sub)key that signs" : "no usable (sub)key that encrypts");
}

// Takes a fingerprint as people write it, also a subkey's, and returns that of the primary key.
std::string PrimaryFingerprint(rnp_ffi_t ffi, std::string_view fingerprint) {
  const std::string wanted = NormaliseFingerprint(fingerprint);
  const KeyHandle primary = PrimaryOf(ffi, FindByFingerprint(ffi, wanted).get());
  return primary ? TextOf(rnp_key_get_fprint, primary.get()) : wanted;
}

Result<KeyHandle> SigningKey(rnp_ffi_t ffi, std::string_view signer) {
  const std::string fingerprint = PrimaryFingerprint(ffi, signer);
  KeyHandle key = UsableKey(ffi, fingerprint, Usage::sign, true);
  if (!key) return NotUsable(ffi, fingerprint, Usage::sign);
  if (FlagOf(rnp_key_is_locked, key.get())) return NotUsable(fingerprint, "its secret key is locked");
  return key;
}

Result<std::vector<KeyHandle>> EncryptionKeys(rnp_ffi_t ffi, const std::vector<std::string>& recipients) {
  std::vector<KeyHandle> keys;
  for (const std::string& recipient : recipients) {
    const std::string fingerprint = PrimaryFingerprint(ffi, recipient);
    KeyHandle key = UsableKey(ffi, fingerprint, Usage::encrypt, false);
    if (!key) return NotUsable(ffi, fingerprint, Usage::encrypt);
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return ConfigError(codes::kKeyNotUsable, "no recipient");
  return keys;
}

Error FailureOf(const ErrorCode& code, rnp_result_t result) {
  if (result == RNP_ERROR_OUT_OF_MEMORY) return Transient(codes::kOutOfResources);
  return Permanent(code, rnp_result_to_string(result));
}

// An error that the streams kept takes precedence, because RNP forgets the error of its last write.
Result<void> Outcome(const std::optional<Error>& input, const std::optional<Error>& output, rnp_result_t result,
                     const ErrorCode& code) {
  if (input) return *input;
  if (output) return *output;
  if (result != RNP_SUCCESS) return FailureOf(code, result);
  return {};
}

// Loads into the secret keys only.
Result<void> LoadSecretKeys(rnp_ffi_t ffi, std::string_view content) {
  const InputHandle input = InputFromMemory(content);
  if (rnp_load_keys(ffi, RNP_KEYSTORE_GPG, input.get(), RNP_LOAD_SAVE_SECRET_KEYS) == RNP_SUCCESS) return {};
  return ConfigError(codes::kKeyUnreadable, "the secret key cannot be loaded");
}

Result<void> UnlockFamily(rnp_ffi_t ffi, const std::string& primary, const Passphrase& secret) {
  bool any = false;
  for (const KeyHandle& key : FamilyOf(ffi, primary)) {
    if (!HasSecretMaterial(key.get())) continue;
    any = true;
    if (!FlagOf(rnp_key_is_locked, key.get())) continue;
    if (!secret.IsRepresentable() || rnp_key_unlock(key.get(), secret.c_str()) != RNP_SUCCESS) {
      return ConfigError(codes::kWrongPassphrase, primary);
    }
  }
  return any ? Result<void>() : ConfigError(codes::kNoSecretKey, primary);
}

}  // namespace

Keyring::Keyring(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Keyring::Keyring(Keyring&&) noexcept = default;
Keyring& Keyring::operator=(Keyring&&) noexcept = default;
Keyring::~Keyring() = default;

Result<Keyring> Keyring::Create(const SecurityPolicy& policy) {
  const RnpSilence silence;
  auto impl = std::make_unique<Impl>();
  GATEWAY_ASSIGN(impl->ours, CreateFfi(policy.allow_sha1 ? Sha1::allowed : Sha1::by_date));
  GATEWAY_ASSIGN(impl->partners, CreateFfi(impl->sha1));
  return Keyring(std::move(impl));
}

Result<std::vector<KeyInfo>> Keyring::Add(std::string_view content) {
  const RnpSilence silence;
  GATEWAY_ASSIGN(std::vector<KeyInfo> keys, ImportKeys(impl_->ours.get(), content));
  if (std::any_of(keys.begin(), keys.end(), [](const KeyInfo& key) { return key.secret; })) {
    // Decryption needs our secret keys beside the partner's public ones.
    GATEWAY_TRY(LoadSecretKeys(impl_->partners.get(), content));
  }
  GATEWAY_ASSIGN(std::set<std::string> sha1_only, FindSha1Only(impl_->ours.get(), keys, content));
  for (KeyInfo& key : keys) key.sha1_only = sha1_only.contains(key.fingerprint);
  impl_->sha1_only.merge(sha1_only);
  return keys;
}

Result<void> Keyring::UsePartner(const PartnerKey* partner) {
  const Sha1 sha1 = partner != nullptr && partner->allow_sha1 ? Sha1::allowed : Sha1::by_date;
  // The keys of this partner are loaded already.
  if (partner != nullptr && impl_->packets == partner->packets && impl_->sha1 == sha1) return {};
  const RnpSilence silence;
  rnp_ffi_t ffi = impl_->partners.get();
  impl_->has_partner = true;
  impl_->packets.reset();
  if (rnp_unload_keys(ffi, RNP_KEY_UNLOAD_PUBLIC) != RNP_SUCCESS) return ConfigError(codes::kOpenpgpUnavailable);
  if (partner == nullptr) return {};
  if (!ChangeRule(ffi, impl_->sha1, sha1)) return ConfigError(codes::kOpenpgpUnavailable, "no rule for SHA-1");
  impl_->sha1 = sha1;
  const InputHandle input = InputFromMemory(partner->packets);
  if (rnp_load_keys(ffi, RNP_KEYSTORE_GPG, input.get(), RNP_LOAD_SAVE_PUBLIC_KEYS) != RNP_SUCCESS) {
    (void)rnp_unload_keys(ffi, RNP_KEY_UNLOAD_PUBLIC);
    return ConfigError(codes::kKeyUnreadable, "of partner " + partner->partner);
  }
  impl_->packets = partner->packets;
  return {};
}

Result<void> Keyring::Unlock(std::string_view fingerprint, std::string_view passphrase) {
  const RnpSilence silence;
  const std::string primary = PrimaryFingerprint(impl_->ours.get(), fingerprint);
  const Passphrase secret(passphrase);
  for (rnp_ffi_t ffi : {impl_->ours.get(), impl_->partners.get()}) GATEWAY_TRY(UnlockFamily(ffi, primary, secret));
  return {};
}

Result<Secret> Keyring::UnprotectedKey(std::string_view fingerprint, std::string_view passphrase) {
  GATEWAY_TRY(Unlock(fingerprint, passphrase));
  const RnpSilence silence;
  rnp_ffi_t ffi = impl_->ours.get();
  const std::string primary = PrimaryFingerprint(ffi, fingerprint);
  const Passphrase secret(passphrase);
  for (const KeyHandle& key : FamilyOf(ffi, primary)) {
    if (!HasSecretMaterial(key.get()) || !FlagOf(rnp_key_is_protected, key.get())) continue;
    if (rnp_key_unprotect(key.get(), secret.c_str()) != RNP_SUCCESS)
      return ConfigError(codes::kWrongPassphrase, primary);
  }
  const KeyHandle key = FindByFingerprint(ffi, primary);
  const OutputHandle output = OutputToMemory();
  constexpr std::uint32_t kWhole = RNP_KEY_EXPORT_SECRET | RNP_KEY_EXPORT_SUBKEYS | RNP_KEY_EXPORT_ARMORED;
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (rnp_key_export(key.get(), output.get(), kWhole) != RNP_SUCCESS ||
      rnp_output_memory_get_buf(output.get(), &bytes, &size, false) != RNP_SUCCESS) {
    return ConfigError(codes::kNoSecretKey, primary + " cannot be exported");
  }
  Secret exported(std::string_view(reinterpret_cast<const char*>(bytes), size));
  // This is RNP's own buffer. It is wiped so that no second copy of the key stays in memory.
  OPENSSL_cleanse(bytes, size);
  return exported;
}

std::vector<KeyInfo> Keyring::Keys() const {
  const RnpSilence silence;
  std::vector<KeyInfo> keys;
  rnp_identifier_iterator_t iterator = nullptr;
  if (rnp_identifier_iterator_create(impl_->ours.get(), &iterator, "fingerprint") != RNP_SUCCESS) return keys;
  const IteratorHandle owner(iterator);
  const char* fingerprint = nullptr;
  while (rnp_identifier_iterator_next(iterator, &fingerprint) == RNP_SUCCESS && fingerprint != nullptr) {
    const KeyHandle key = FindByFingerprint(impl_->ours.get(), fingerprint);
    if (!key || !FlagOf(rnp_key_is_primary, key.get())) continue;
    keys.push_back(DescribeKey(impl_->ours.get(), fingerprint));
    keys.back().sha1_only = impl_->sha1_only.contains(fingerprint);
  }
  return keys;
}

Result<void> Keyring::Seal(Source& plain, const SealOptions& options, Sink& armored) {
  const RnpSilence silence;
  rnp_ffi_t ffi = impl_->ours.get();
  KeyHandle signer;
  if (!options.signer.empty()) {
    GATEWAY_ASSIGN(signer, SigningKey(ffi, options.signer));
  }
  GATEWAY_ASSIGN(const std::vector<KeyHandle> recipients, EncryptionKeys(impl_->others(), options.recipients));

  ArmorWriter armor(armored);
  const SourceInput input(plain);
  const SinkOutput output(armor);
  rnp_op_encrypt_t created = nullptr;
  rnp_result_t result = rnp_op_encrypt_create(&created, ffi, input.get(), output.get());
  const EncryptHandle operation(created);
  const auto then = [&result](auto call, auto... arguments) {
    if (result == RNP_SUCCESS) result = call(arguments...);
  };
  then(rnp_op_encrypt_set_cipher, created, RNP_ALGNAME_AES_256);
  then(rnp_op_encrypt_set_hash, created, RNP_ALGNAME_SHA256);
  then(rnp_op_encrypt_set_aead, created, options.integrity == Integrity::ocb ? "OCB" : "None");
  const int level = options.compression == Compression::none ? 0 : kCompressionLevel;
  then(rnp_op_encrypt_set_compression, created, NameOf(options.compression), level);
  for (const KeyHandle& recipient : recipients) then(rnp_op_encrypt_add_recipient, created, recipient.get());
  if (signer) then(rnp_op_encrypt_add_signature, created, signer.get(), nullptr);
  then(rnp_op_encrypt_execute, created);
  GATEWAY_TRY(Outcome(input.error(), output.error(), result, codes::kSealFailed));
  return armor.Finish();
}

Result<std::string> Keyring::SignDetached(Source& data, std::string_view signer) {
  const RnpSilence silence;
  GATEWAY_ASSIGN(const KeyHandle key, SigningKey(impl_->ours.get(), signer));
  const SourceInput input(data);
  const OutputHandle output = OutputToMemory();
  rnp_op_sign_t created = nullptr;
  rnp_result_t result = rnp_op_sign_detached_create(&created, impl_->ours.get(), input.get(), output.get());
  const SignHandle operation(created);
  const auto then = [&result](auto call, auto... arguments) {
    if (result == RNP_SUCCESS) result = call(arguments...);
  };
  then(rnp_op_sign_set_armor, created, true);
  then(rnp_op_sign_set_hash, created, RNP_ALGNAME_SHA256);
  then(rnp_op_sign_add_signature, created, key.get(), nullptr);
  then(rnp_op_sign_execute, created);
  GATEWAY_TRY(Outcome(input.error(), std::nullopt, result, codes::kSignFailed));
  return MemoryContent(output.get());
}

}  // namespace gateway::openpgp
