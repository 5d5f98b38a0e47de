// Checks the key files of the configuration when it is loaded. A file that is wrong ends the start,
// and the message names the file and the reason. A key that is expired or revoked does not end it,
// because that comes by itself with time, and everything else must go on.
#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/secret.h"
#include "base/time_text.h"
#include "base/trusted_path.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_files.h"
#include "openpgp/passphrase_file.h"
#include "policy/error_codes.h"

namespace gateway::openpgp {
namespace {

// The errors of this file concern the configuration, and say which file.
Error InFile(const std::filesystem::path& file, const Error& error) {
  return ErrorNamed(Fault::config, error.code, file.string() + ": " + error.detail);
}

// A disk that does not answer is no mistake of the configuration.
Error Unreadable(const std::filesystem::path& file, const ErrorCode& code, const Error& error) {
  return ErrorNamed(error.fault == Fault::transient ? Fault::transient : Fault::config, code.name,
                    file.string() + ": " + error.detail);
}

Error InFile(const std::filesystem::path& file, const ErrorCode& code, std::string detail) {
  return ConfigError(code, file.string() + ": " + std::move(detail));
}

Result<std::vector<FileKey>> Load(const std::filesystem::path& file, const SecurityPolicy& policy) {
  Result<std::string> content = ReadSmallFile(file);
  if (!content) return Unreadable(file, codes::kKeyUnreadable, content.error());
  Result<std::vector<FileKey>> keys = ReadKeyFile(*content, policy);
  WipeText(*content);
  if (!keys) return InFile(file, keys.error());
  return keys;
}

// Returns an error if nothing of the key can be used because it is from the future.
std::optional<Error> FromTheFuture(const std::filesystem::path& file, const KeyInfo& key) {
  const Time now = SystemClock().Now();
  if (key.made <= now || (key.can_encrypt && key.can_sign)) return std::nullopt;
  return InFile(file, codes::kKeyNotUsable,
                key.fingerprint + " was made, or signed by itself, in the future: on " + FormatTime(key.made) +
                    ", and the clock of this machine says " + FormatTime(now) + ". Look at the clock first");
}

constexpr char kRemedyOfPartner[] =
    "Its owner must export the key as a whole, or add such a subkey, and send the public key anew";
constexpr char kRemedyOfMailbox[] =
    "It is your own key: export it as a whole (gpg --armor --export-secret-keys), or add such a subkey first "
    "(gpg --quick-add-key). Then put it into this file, and send its public part to all partners";

// Says why nobody can encrypt to the key, or why nothing that it signs counts, and what is needed.
// `usage` is "encrypts" or "signs". `remedy` says who must do what.
std::string WhyUnusable(const KeyInfo& key, const std::vector<SubkeyInfo>& subkeys, bool SubkeyInfo::*use,
                        const std::string& usage, const std::string& remedy) {
  const std::string lacks = key.fingerprint + " has no usable (sub)key that " + usage;
  std::string found;
  for (const SubkeyInfo& subkey : subkeys) {
    if (!(subkey.*use)) continue;
    const std::string_view left_out = WhyLeftOut(subkey.state);
    found += (found.empty() ? ": " : "; ") + subkey.fingerprint + " ";
    if (subkey.state == SubkeyState::expired) {
      found += "is expired";
    } else if (subkey.state == SubkeyState::revoked) {
      found += "is revoked";
    } else if (subkey.state == SubkeyState::not_yet) {
      found += "was made in the future";
    } else {
      found +=
          left_out.empty() ? "was self-signed by SHA-1 after 2024-01-19" : "does not count: " + std::string(left_out);
    }
  }
  if (found.empty() && subkeys.empty()) found = ": the file holds the primary key without any subkey";
  if (found.empty()) found = ": none of its subkeys does";
  return lacks + found + ". " + remedy;
}

// `remedy` as in WhyUnusable().
Result<void> CheckState(const std::filesystem::path& file, const KeyInfo& key, const std::vector<SubkeyInfo>& subkeys,
                        const std::string& remedy) {
  if (const std::optional<Error> future = FromTheFuture(file, key)) return *future;
  if (key.revoked) return InFile(file, codes::kKeyNotUsable, key.fingerprint + " is revoked");
  if (key.expired) return InFile(file, codes::kKeyNotUsable, key.fingerprint + " is expired");
  if (key.can_encrypt) return {};
  return InFile(file, codes::kKeyNotUsable, WhyUnusable(key, subkeys, &SubkeyInfo::encrypts, "encrypts", remedy));
}

// Checks what the partner's profile demands of its key.
Result<void> CheckStrength(const std::filesystem::path& file, const KeyInfo& key, const PartnerProfile& profile) {
  if (key.sha1_only && !profile.accept_sha1) {
    return InFile(file, codes::kKeyTooWeak,
                  key.fingerprint + " rests on self-signatures with SHA-1 (profile: accept_sha1: true takes it)");
  }
  if (key.bits != 0 && key.bits < profile.min_key_bits) {
    return InFile(file, codes::kKeyTooWeak,
                  key.fingerprint + " has " + std::to_string(key.bits) + " bits, fewer than " +
                      std::to_string(profile.min_key_bits) + " (profile: min_key_bits: " + std::to_string(key.bits) +
                      " takes it)");
  }
  return {};
}

Result<void> CheckIsPublic(const std::filesystem::path& file, const std::vector<FileKey>& keys) {
  for (const FileKey& key : keys) {
    const bool secret =
        std::any_of(key.packets.begin(), key.packets.end(), [](const PacketKey& packet) { return packet.secret; });
    if (!secret) continue;
    return InFile(file, codes::kSecretKeyOfPartner,
                  "holds the SECRET key " + FormatFingerprint(key.info.fingerprint) +
                      ". Delete this file, and tell the partner: its secret key has left its house, so it must revoke "
                      "it, make a new one, and send the public part only (gpg --armor --export)");
  }
  return {};
}

// Checks that there is only one primary key, and that it is the pinned one.
Result<void> CheckIsPinned(const std::filesystem::path& file, const std::vector<FileKey>& keys,
                           const std::string& pinned) {
  std::string held;
  bool found = false;
  for (const FileKey& key : keys) {
    held += (held.empty() ? "" : ", ") + FormatFingerprint(key.info.fingerprint);
    found = found || key.info.fingerprint == pinned;
  }
  if (!found) {
    return InFile(file, codes::kFingerprintMismatch,
                  "holds " + held + "; the configuration says " + FormatFingerprint(pinned));
  }
  if (keys.size() == 1) return {};
  return InFile(file, codes::kSeveralKeys,
                "holds " + std::to_string(keys.size()) + " primary keys: " + held +
                    "; only the one that the configuration names may be in it (gpg --armor --export " + pinned + ")");
}

// Returns the key without its passphrase, and unlocks it in `keyring`.
Result<Secret> Unlock(Keyring& keyring, const std::string& fingerprint, const SecretKeySettings& settings) {
  const std::filesystem::path& file = settings.passphrase_file;
  const Result<Secret> passphrase = ReadPassphrase(file);
  if (!passphrase && passphrase.error().fault == Fault::config) return passphrase.error();
  if (!passphrase) return Unreadable(file, codes::kPassphraseUnreadable, passphrase.error());
  Result<Secret> key = keyring.UnprotectedKey(fingerprint, passphrase->view());
  if (!key) return InFile(settings.file, key.error());
  return key;
}

// Signs something, encrypts it to the key itself, and opens it, as the daemon will do all day.
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
  if (!good) return ConfigError(codes::kKeyNotUsable, fingerprint + " does not open what it sealed");
  return {};
}

}  // namespace

Result<LoadedPartnerKey> LoadPartnerKey(const PartnerSettings& partner) {
  const std::filesystem::path& file = partner.key_file;
  const SecurityPolicy policy{.allow_sha1 = partner.profile.accept_sha1};
  // Whoever may write this file decides whom the gateway trusts.
  if (const Result<void> trusted = CheckTrustedFile(file); !trusted) return InFile(file, trusted.error());
  GATEWAY_ASSIGN(std::vector<FileKey> keys, Load(file, policy));
  GATEWAY_TRY(CheckIsPublic(file, keys));
  GATEWAY_TRY(CheckIsPinned(file, keys, NormaliseFingerprint(partner.key_fingerprint)));
  LoadedPartnerKey loaded{std::move(keys.front()), {}, std::nullopt};
  const KeyInfo& key = loaded.file.info;
  loaded.key = PartnerKeyOf(loaded.file, partner.name, policy);
  GATEWAY_TRY(CheckStrength(file, key, partner.profile));
  if (const Result<void> state = CheckState(file, key, loaded.file.subkeys, kRemedyOfPartner); !state) {
    loaded.unusable = state.error();
  } else if (partner.profile.require_signature && !key.can_sign) {
    loaded.unusable = InFile(file, codes::kKeyNotUsable,
                             WhyUnusable(key, loaded.file.subkeys, &SubkeyInfo::signs, "signs", kRemedyOfPartner));
  }
  return loaded;
}

Result<KeyInfo> CheckPartnerKey(const PartnerSettings& partner) {
  GATEWAY_ASSIGN(const LoadedPartnerKey loaded, LoadPartnerKey(partner));
  if (loaded.unusable) return *loaded.unusable;
  return loaded.file.info;
}

Result<MailboxKey> LoadMailboxKey(const MailboxSettings& mailbox) {
  const std::filesystem::path& file = mailbox.key.file;
  GATEWAY_ASSIGN(std::vector<FileKey> keys, Load(file, {}));
  std::erase_if(keys, [](const FileKey& key) { return !key.info.secret; });
  if (keys.empty()) return InFile(file, codes::kNoSecretKey, "holds public keys only");
  GATEWAY_TRY(CheckSecretFile(file));
  if (keys.size() > 1) return InFile(file, codes::kSeveralSecretKeys, "one secret key a mailbox");
  MailboxKey key{std::move(keys.front().info), std::move(keys.front().packets), {}, std::nullopt};
  GATEWAY_ASSIGN(Keyring keyring, Keyring::Create());
  const Result<std::vector<KeyInfo>> added = keyring.Add(keys.front().secret_packets.view());
  if (!added) return InFile(file, added.error());
  GATEWAY_ASSIGN(key.unprotected, Unlock(keyring, key.info.fingerprint, mailbox.key));
  if (const Result<void> state = CheckState(file, key.info, keys.front().subkeys, kRemedyOfMailbox); !state) {
    key.unusable = state.error();
  } else if (const Result<void> tried = CheckRoundTrip(keyring, key.info.fingerprint); !tried) {
    return InFile(file, tried.error());
  }
  return key;
}

Result<KeyInfo> CheckMailboxKey(const MailboxSettings& mailbox) {
  GATEWAY_ASSIGN(const MailboxKey key, LoadMailboxKey(mailbox));
  if (key.unusable) return *key.unusable;
  return key.info;
}

}  // namespace gateway::openpgp
