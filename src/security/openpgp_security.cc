#include "security/openpgp_security.h"

#include <sys/mman.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "base/files.h"
#include "openpgp/error_codes.h"
#include "openpgp/message_sequence.h"

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

}  // namespace

Result<UniqueFd> NewMemoryFile() {
  UniqueFd file(::memfd_create("mail", MFD_CLOEXEC));
  if (!file) return ErrorFromErrno(errno, "memfd_create", "memory");
  return file;
}

Result<std::unique_ptr<OpenPgpSealer>> OpenPgpSealer::Create(const openpgp::KeyMaterial& keys, NewFile new_file) {
  GATEWAY_ASSIGN(openpgp::Keyring keyring, openpgp::MakeKeyring(keys));
  return std::unique_ptr<OpenPgpSealer>(new OpenPgpSealer(keys, std::move(keyring), std::move(new_file)));
}

// Data that is signed by itself must be 7bit (RFC 3156 section 3), because the receiver makes its
// line ends canonical before the check.
InnerEncoding OpenPgpSealer::EncodingFor(const PartnerProfile& profile) const {
  return profile.signing == Signing::encapsulated ? InnerEncoding::base64 : profile.inner_encoding;
}

std::string OpenPgpSealer::ReceiptKeyOf(const MailboxSettings& mailbox) const {
  const openpgp::SecretKey* const key = keys_.OfMailbox(mailbox.name);
  return key == nullptr ? std::string() : KeyId(key->fingerprint);
}

Result<std::string> OpenPgpSealer::SignerOf(const MailboxSettings& mailbox) const {
  const openpgp::SecretKey* const key = keys_.OfMailbox(mailbox.name);
  if (key == nullptr) return ConfigError(codes::kNoSecretKey, "of mailbox " + mailbox.name);
  return key->fingerprint;
}

Result<void> OpenPgpSealer::Seal(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) {
  GATEWAY_ASSIGN(const std::string signer, SignerOf(sealing.mailbox));
  GATEWAY_TRY(keyring_.UsePartner(keys_.OfPartner(sealing.partner.name)));
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

std::unique_ptr<SealedMessages> OpenPgpOpener::MessagesIn(Source& part) {
  return std::make_unique<OpenPgpMessages>(part, keyring_);
}

Result<std::vector<Signature>> OpenPgpOpener::Verify(int file, const mime::SignedEntity& entity) {
  const std::unique_ptr<Source> canonical = mime::OpenCanonical(file, entity.signed_range);
  const std::unique_ptr<Source> raw = mime::OpenRaw(file, entity.signed_range);
  GATEWAY_ASSIGN(std::vector<openpgp::Signature> found, keyring_.VerifyDetached(*canonical, *raw, entity.signature));
  return Described(std::move(found));
}

}  // namespace gateway::security
