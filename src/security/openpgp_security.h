// OpenPGP as mail security: PGP/MIME (RFC 3156) by a keyring.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/handles.h"
#include "openpgp/key_material.h"
#include "openpgp/openpgp.h"
#include "security/mail_security.h"

namespace gateway::security {

// Makes an empty file for what has to be read twice. It goes when it is closed.
using NewFile = std::function<Result<UniqueFd>()>;

// Makes a file in memory, for small entities.
Result<UniqueFd> NewMemoryFile();

class OpenPgpSealer : public MailSealer {
 public:
  // Call it in the thread that uses the object. `keys` must outlive it. Errors: config, those of
  // openpgp::MakeKeyring().
  static Result<std::unique_ptr<OpenPgpSealer>> Create(const openpgp::KeyMaterial& keys, NewFile new_file);

  [[nodiscard]] InnerEncoding EncodingFor(const PartnerProfile& profile) const override;
  [[nodiscard]] std::string ReceiptKeyOf(const MailboxSettings& mailbox) const override;
  Result<void> Seal(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) override;
  Result<void> Sign(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) override;

 private:
  OpenPgpSealer(const openpgp::KeyMaterial& keys, openpgp::Keyring keyring, NewFile new_file)
      : keys_(keys), keyring_(std::move(keyring)), new_file_(std::move(new_file)) {}
  // Returns the fingerprint of the mailbox's key.
  [[nodiscard]] Result<std::string> SignerOf(const MailboxSettings& mailbox) const;
  // Returns a file with a multipart/signed around the entity, as RFC 3156 section 5 describes.
  Result<UniqueFd> SignEntity(Source& entity, const std::string& signer);

  const openpgp::KeyMaterial& keys_;
  openpgp::Keyring keyring_;  // holds the key of the last mail's partner
  const NewFile new_file_;
};

// Before each mail, the keyring has to be told whose it is: openpgp::Keyring::UsePartner().
class OpenPgpOpener : public MailOpener {
 public:
  // `keyring` must outlive the object.
  explicit OpenPgpOpener(openpgp::Keyring& keyring) : keyring_(keyring) {}

  std::unique_ptr<SealedMessages> MessagesIn(Source& part) override;
  Result<std::vector<Signature>> Verify(int file, const mime::SignedEntity& entity) override;

 private:
  openpgp::Keyring& keyring_;
};

}  // namespace gateway::security
