#include "security/openpgp_security.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/files.h"
#include "openpgp/error_codes.h"
#include "openpgp/key_file_reader.h"
#include "openpgp/key_material.h"
#include "openpgp/message_sequence.h"
#include "openpgp/openpgp.h"
#include "openpgp/rsa_threads.h"
#include "policy/error_codes.h"

namespace gateway::security {
namespace {

// OpenPGP signatures of the gateway have this hash.
constexpr std::string_view kMicalg = "pgp-sha256";

Signature Described(openpgp::Signature found) {
  Signature signature;
  signature.status = found.status;
  signature.signer = std::move(found.fingerprint);
  signature.named_key = std::move(found.key_id);
  signature.created = found.created;
  signature.hash = std::move(found.hash);
  signature.bits = found.bits;
  signature.id = std::move(found.id);
  signature.intended = std::move(found.intended);
  signature.detached = found.detached;
  signature.any_line_ends = found.any_line_ends;
  return signature;
}

std::vector<Signature> Described(std::vector<openpgp::Signature> found) {
  std::vector<Signature> signatures;
  signatures.reserve(found.size());
  for (openpgp::Signature& one : found) signatures.push_back(Described(std::move(one)));
  return signatures;
}

// RFC 4880 section 12.2. For longer fingerprints, the key id is the first 64 bits.
std::string KeyId(const std::string& fingerprint) {
  return fingerprint.size() == 40 ? fingerprint.substr(24) : fingerprint.substr(0, 16);
}

KeyFacts FactsOf(const openpgp::KeyInfo& key) {
  KeyFacts facts;
  facts.identity = key.fingerprint;
  facts.names.push_back(KeyId(key.fingerprint));
  for (const std::string& subkey : key.subkeys) facts.names.push_back(KeyId(subkey));
  facts.user_ids = key.user_ids;
  facts.secret = key.secret;
  facts.expired = key.expired;
  facts.revoked = key.revoked;
  facts.bits = key.bits;
  facts.sha1_only = key.sha1_only;
  return facts;
}

PartnerKey Neutral(openpgp::PartnerKey key) {
  return {SecurityKind::openpgp,  std::move(key.partner), std::move(key.fingerprint),
          std::move(key.key_ids), std::move(key.packets), key.allow_sha1};
}

// nullptr means that nobody's signatures count.
Result<void> Use(const PartnerKey* key, openpgp::Keyring& keyring) {
  if (key == nullptr) return keyring.UsePartner(nullptr);
  const openpgp::PartnerKey partner{key->partner, key->identity, key->names, key->content, key->accept_sha1};
  return keyring.UsePartner(&partner);
}

// Returns a source over a whole file.
Result<FdSource> Whole(int file) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(file));
  return FdSource(file, {0, size});
}

class OpenPgpMessages : public SealedMessages {
 public:
  OpenPgpMessages(Source& part, openpgp::Keyring& keyring) : messages_(part), keyring_(keyring) {}
  Result<bool> Next() override { return messages_.Next(); }
  Result<Protection> Open(Sink& plain, std::uint64_t limit) override {
    GATEWAY_ASSIGN(openpgp::Opened opened, keyring_.Open(messages_, plain, limit));
    return Protection{opened.encrypted, opened.integrity_protected, opened.compressed, std::move(opened.recipients),
                      Described(std::move(opened.signatures))};
  }

 private:
  openpgp::MessageSequence messages_;
  openpgp::Keyring& keyring_;
};

class OpenPgpSealer : public MailSealer {
 public:
  OpenPgpSealer(const Keys& keys, openpgp::Keyring keyring, const NewFile& new_file)
      : keys_(keys), keyring_(std::move(keyring)), new_file_(new_file) {}

  [[nodiscard]] InnerEncoding EncodingFor(const PartnerProfile& profile) const override;
  [[nodiscard]] std::string ReceiptKeyOf(const MailboxSettings& mailbox) const override;
  Result<void> Seal(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) override;
  Result<void> Sign(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) override;

 private:
  [[nodiscard]] const OwnKey* KeyOf(const MailboxSettings& mailbox) const {
    return keys_.OfMailbox(mailbox.name, SecurityKind::openpgp);
  }
  // Returns the fingerprint of the mailbox's key.
  [[nodiscard]] Result<std::string> SignerOf(const MailboxSettings& mailbox) const;
  // Returns a file with a multipart/signed around the entity, as RFC 3156 section 5 describes.
  Result<UniqueFd> SignEntity(Source& entity, const std::string& signer);

  const Keys& keys_;
  openpgp::Keyring keyring_;  // holds the key of the last mail's partner
  const NewFile new_file_;
};

// Data that is signed by itself must be 7bit (RFC 3156 section 3), because the receiver makes its
// line ends canonical before the check.
InnerEncoding OpenPgpSealer::EncodingFor(const PartnerProfile& profile) const {
  return profile.signing == Signing::encapsulated ? InnerEncoding::base64 : profile.inner_encoding;
}

std::string OpenPgpSealer::ReceiptKeyOf(const MailboxSettings& mailbox) const {
  const OwnKey* const key = KeyOf(mailbox);
  return key == nullptr ? std::string() : KeyId(key->identity);
}

Result<std::string> OpenPgpSealer::SignerOf(const MailboxSettings& mailbox) const {
  const OwnKey* const key = KeyOf(mailbox);
  if (key == nullptr) return ConfigError(codes::kNoSecretKey, "of mailbox " + mailbox.name);
  return key->identity;
}

Result<void> OpenPgpSealer::Seal(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) {
  GATEWAY_ASSIGN(const std::string signer, SignerOf(sealing.mailbox));
  GATEWAY_TRY(Use(keys_.OfPartner(sealing.partner.name), keyring_));
  const PartnerProfile& profile = sealing.partner.profile;
  openpgp::Keyring::SealOptions options;
  options.recipients = {sealing.partner.key_fingerprint};
  if (sealing.may_compress) options.compression = profile.compression;
  options.integrity = profile.integrity;
  Source* plain = &entity;
  UniqueFd signed_file;
  std::optional<FdSource> signed_source;
  if (profile.signing == Signing::encapsulated) {
    GATEWAY_ASSIGN(signed_file, SignEntity(entity, signer));
    GATEWAY_ASSIGN(signed_source, Whole(signed_file.get()));
    plain = &*signed_source;
  } else {
    options.signer = signer;
  }
  return mime::WriteEncryptedMessage(
      header, [&](Sink& armored) { return keyring_.Seal(*plain, options, armored); }, mail);
}

Result<void> OpenPgpSealer::Sign(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) {
  GATEWAY_ASSIGN(const std::string signer, SignerOf(sealing.mailbox));
  GATEWAY_ASSIGN(const UniqueFd signed_file, SignEntity(entity, signer));
  GATEWAY_ASSIGN(FdSource signed_source, Whole(signed_file.get()));
  return mime::WritePlainMessage(header, signed_source, mail);
}

// The signature stands behind the entity, but is made first. So the entity must be read twice.
Result<UniqueFd> OpenPgpSealer::SignEntity(Source& entity, const std::string& signer) {
  GATEWAY_ASSIGN(const UniqueFd copy, new_file_());
  {
    FdSink sink(copy.get());
    GATEWAY_TRY(Copy(entity, sink));
    GATEWAY_TRY(sink.Flush());
  }
  GATEWAY_ASSIGN(FdSource to_sign, Whole(copy.get()));
  GATEWAY_ASSIGN(const std::string signature, keyring_.SignDetached(to_sign, signer));
  GATEWAY_ASSIGN(FdSource to_copy, Whole(copy.get()));
  GATEWAY_ASSIGN(UniqueFd signed_file, new_file_());
  FdSink sink(signed_file.get());
  GATEWAY_TRY(mime::WriteSignedEntity(to_copy, signature, kMicalg, sink));
  GATEWAY_TRY(sink.Flush());
  return signed_file;
}

class OpenPgpOpener : public MailOpener {
 public:
  explicit OpenPgpOpener(openpgp::Keyring keyring) : keyring_(std::move(keyring)) {}

  Result<std::vector<KeyFacts>> AddOwnKeys(std::string_view content, const Secret* passphrase) override;
  Result<void> UsePartner(const PartnerKey* partner) override { return Use(partner, keyring_); }
  Result<void> StartThreads() override;
  std::unique_ptr<SealedMessages> MessagesIn(Source& part) override {
    return std::make_unique<OpenPgpMessages>(part, keyring_);
  }
  Result<std::vector<std::string>> ReadRecipients(Source& part) override { return keyring_.ReadRecipients(part); }
  Result<std::vector<Signature>> Verify(int file, const mime::SignedEntity& entity) override;

 private:
  openpgp::Keyring keyring_;
};

Result<std::vector<KeyFacts>> OpenPgpOpener::AddOwnKeys(std::string_view content, const Secret* passphrase) {
  GATEWAY_ASSIGN(const std::vector<openpgp::KeyInfo> added, keyring_.Add(content));
  std::vector<KeyFacts> keys;
  for (const openpgp::KeyInfo& key : added) {
    if (key.secret && passphrase != nullptr) GATEWAY_TRY(keyring_.Unlock(key.fingerprint, passphrase->view()));
    keys.push_back(FactsOf(key));
  }
  return keys;
}

Result<void> OpenPgpOpener::StartThreads() {
  const std::vector<openpgp::KeyInfo> keys = keyring_.Keys();
  const bool rsa = std::any_of(keys.begin(), keys.end(), [](const openpgp::KeyInfo& key) {
    return key.secret && key.algorithm.find("RSA") != std::string::npos;
  });
  return rsa ? openpgp::StartRsaThreads() : Result<void>();
}

Result<std::vector<Signature>> OpenPgpOpener::Verify(int file, const mime::SignedEntity& entity) {
  const std::unique_ptr<Source> canonical = mime::OpenCanonical(file, entity.signed_range);
  const std::unique_ptr<Source> raw = mime::OpenRaw(file, entity.signed_range);
  GATEWAY_ASSIGN(std::vector<openpgp::Signature> found, keyring_.VerifyDetached(*canonical, *raw, entity.signature));
  return Described(std::move(found));
}

}  // namespace

Result<void> ReadOpenPgpKeys(const std::vector<MailboxSettings>& mailboxes,
                             const std::vector<PartnerSettings>& partners, Keys& keys) {
  GATEWAY_ASSIGN(openpgp::KeyMaterial read, openpgp::ReadKeyMaterial(mailboxes, partners));
  for (openpgp::SecretKey& key : read.secret_keys) {
    std::vector<std::string> names{KeyId(key.fingerprint)};
    keys.own.push_back({SecurityKind::openpgp, std::move(key.mailbox), std::move(key.fingerprint), std::move(names),
                        std::move(key.armored)});
  }
  for (openpgp::PartnerKey& key : read.partner_keys) keys.partners.push_back(Neutral(std::move(key)));
  std::ranges::move(read.unusable, std::back_inserter(keys.unusable));
  std::ranges::move(read.expiries, std::back_inserter(keys.expiries));
  return {};
}

Result<std::unique_ptr<MailSealer>> MakeOpenPgpSealer(const Keys& keys, const NewFile& new_file) {
  GATEWAY_ASSIGN(openpgp::Keyring keyring, openpgp::Keyring::Create());
  for (const OwnKey& key : keys.own) {
    if (key.kind == SecurityKind::openpgp) GATEWAY_TRY(keyring.Add(key.secret.view()));
  }
  return std::unique_ptr<MailSealer>(new OpenPgpSealer(keys, std::move(keyring), new_file));
}

Result<std::unique_ptr<MailOpener>> MakeOpenPgpOpener(const Tolerance& tolerance) {
  GATEWAY_ASSIGN(openpgp::Keyring keyring, openpgp::Keyring::Create({.allow_sha1 = tolerance.sha1}));
  return std::unique_ptr<MailOpener>(new OpenPgpOpener(std::move(keyring)));
}

Result<std::vector<ExaminedPartner>> ReadOpenPgpPartners(std::string_view content, const Tolerance& tolerance) {
  const openpgp::SecurityPolicy policy{.allow_sha1 = tolerance.sha1};
  GATEWAY_ASSIGN(const std::vector<openpgp::FileKey> keys, openpgp::ReadKeyFile(content, policy));
  std::vector<ExaminedPartner> partners;
  for (const openpgp::FileKey& key : keys) {
    if (key.info.secret) {
      return ConfigError(codes::kSecretKeyOfPartner, "holds a secret key, not a partner's public one");
    }
    partners.push_back({FactsOf(key.info), Neutral(openpgp::PartnerKeyOf(key, key.info.fingerprint, policy))});
  }
  return partners;
}

}  // namespace gateway::security
