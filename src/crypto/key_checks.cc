#include <utility>

#include "base/files.h"
#include "base/secret.h"
#include "crypto/key_files.h"
#include "crypto/passphrase_file.h"

namespace gateway::crypto {
namespace {

// All errors of this file are of the configuration, and say which file.
Error InFile(const std::filesystem::path& file, const Error& error) {
  return ConfigError(error.code, file.string() + ": " + error.detail);
}

Error InFile(const std::filesystem::path& file, std::string code, std::string detail) {
  return ConfigError(std::move(code), file.string() + ": " + std::move(detail));
}

constexpr const char* kWhyUnusable = " (none, expired, revoked, or self-signed by SHA-1 after 2024-01-19)";

struct LoadedKeys {
  Keyring keyring;
  std::vector<KeyInfo> keys;
};

Result<LoadedKeys> Load(const std::filesystem::path& file, const SecurityPolicy& policy) {
  Result<std::string> content = ReadSmallFile(file);
  if (!content) return InFile(file, "key-unreadable", content.error().detail);
  GATEWAY_ASSIGN(Keyring keyring, Keyring::Create(policy));
  Result<std::vector<KeyInfo>> keys = keyring.Add(*content);
  WipeText(*content);
  if (!keys) return InFile(file, keys.error());
  return LoadedKeys{std::move(keyring), std::move(*keys)};
}

Result<void> CheckState(const std::filesystem::path& file, const KeyInfo& key) {
  if (key.revoked) return InFile(file, "key-not-usable", key.fingerprint + " is revoked");
  if (key.expired) return InFile(file, "key-not-usable", key.fingerprint + " is expired");
  if (!key.can_encrypt)
    return InFile(file, "key-not-usable", key.fingerprint + " has no usable (sub)key that encrypts" + kWhyUnusable);
  return {};
}

// What the partner's profile asks of its key.
Result<void> CheckStrength(const std::filesystem::path& file, const KeyInfo& key, const PartnerProfile& profile) {
  if (key.sha1_only && !profile.accept_sha1) {
    return InFile(file, "key-too-weak",
                  key.fingerprint + " rests on self-signatures with SHA-1 (profile: accept_sha1: true takes it)");
  }
  if (key.bits != 0 && key.bits < profile.min_key_bits) {
    return InFile(file, "key-too-weak",
                  key.fingerprint + " has " + std::to_string(key.bits) + " bits, fewer than " +
                      std::to_string(profile.min_key_bits) + " (profile: min_key_bits: " + std::to_string(key.bits) +
                      " takes it)");
  }
  return {};
}

// The key without its passphrase, unlocked in `keyring`.
Result<Secret> Unlock(Keyring& keyring, const std::string& fingerprint, const SecretKeySettings& settings) {
  const std::filesystem::path& file = settings.passphrase_file;
  const Result<Secret> passphrase = ReadPassphrase(file);
  if (!passphrase && passphrase.error().fault == Fault::config) return passphrase.error();
  if (!passphrase) return InFile(file, "passphrase-unreadable", passphrase.error().detail);
  Result<Secret> key = keyring.UnprotectedKey(fingerprint, passphrase->view());
  if (!key) return InFile(settings.file, key.error());
  return key;
}

// Signs and encrypts to itself, and opens that: what the daemon will do all day.
Result<void> CheckRoundTrip(Keyring& keyring, const std::string& fingerprint) {
  StringSource plain("probe");
  StringSink sealed;
  GATEWAY_TRY(keyring.Seal(plain, {.signer = fingerprint, .recipients = {fingerprint}}, sealed));
  StringSource source(sealed.text());
  StringSink opened;
  GATEWAY_ASSIGN(const Opened result, keyring.Open(source, opened, 1024));
  const bool good = opened.text() == "probe" && result.signatures.size() == 1 &&
                    result.signatures[0].status == SignatureStatus::valid &&
                    result.signatures[0].fingerprint == fingerprint;
  if (!good) return ConfigError("key-not-usable", fingerprint + " does not open what it sealed");
  return {};
}

}  // namespace

Result<KeyInfo> CheckPartnerKey(const PartnerSettings& partner) {
  const std::filesystem::path& file = partner.key_file;
  GATEWAY_ASSIGN(const LoadedKeys loaded, Load(file, {.allow_sha1 = partner.profile.accept_sha1}));
  const std::string pinned = NormaliseFingerprint(partner.key_fingerprint);
  const KeyInfo* found = nullptr;
  for (const KeyInfo& key : loaded.keys) {
    if (key.fingerprint == pinned) found = &key;
  }
  if (found == nullptr) {
    std::string held;
    for (const KeyInfo& key : loaded.keys) held += (held.empty() ? "" : ", ") + FormatFingerprint(key.fingerprint);
    return InFile(file, "fingerprint-mismatch",
                  "holds " + held + "; the configuration says " + FormatFingerprint(pinned));
  }
  GATEWAY_TRY(CheckStrength(file, *found, partner.profile));
  GATEWAY_TRY(CheckState(file, *found));
  if (partner.profile.require_signature && !found->can_sign) {
    return InFile(file, "key-not-usable", found->fingerprint + " has no usable (sub)key that signs" + kWhyUnusable);
  }
  return *found;
}

Result<MailboxKey> LoadMailboxKey(const MailboxSettings& mailbox) {
  const std::filesystem::path& file = mailbox.key.file;
  GATEWAY_ASSIGN(LoadedKeys loaded, Load(file, {}));
  std::vector<KeyInfo> secret;
  for (const KeyInfo& key : loaded.keys) {
    if (key.secret) secret.push_back(key);
  }
  if (secret.empty()) return InFile(file, "no-secret-key", "holds public keys only");
  GATEWAY_TRY(CheckSecretFile(file));
  if (secret.size() > 1) return InFile(file, "several-secret-keys", "one secret key a mailbox");
  MailboxKey key{std::move(secret.front()), {}, std::nullopt};
  GATEWAY_ASSIGN(key.unprotected, Unlock(loaded.keyring, key.info.fingerprint, mailbox.key));
  if (const Result<void> state = CheckState(file, key.info); !state) {
    key.unusable = state.error();
  } else if (const Result<void> tried = CheckRoundTrip(loaded.keyring, key.info.fingerprint); !tried) {
    return InFile(file, tried.error());
  }
  return key;
}

Result<KeyInfo> CheckMailboxKey(const MailboxSettings& mailbox) {
  GATEWAY_ASSIGN(const MailboxKey key, LoadMailboxKey(mailbox));
  if (key.unusable) return *key.unusable;
  return key.info;
}

}  // namespace gateway::crypto
