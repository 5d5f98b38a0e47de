// Protects mails: an entity becomes a whole mail that only its partner can read, and such a mail
// becomes plain text again, together with who vouches for it. OpenPGP is the first
// implementation (openpgp_security.h). Which one is used, sealers.h and openers.h find out: by the
// partner's key, and by the part of the mail.
//
// The two directions are two interfaces, because they run in two processes. The daemon seals. Only
// the sandboxed open worker opens (src/opener), because that reads bytes from outside. Everything
// streams. Objects are not thread-safe: each belongs to the thread that uses it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/handles.h"
#include "base/secret.h"
#include "gateway/result.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "gateway/stream.h"
#include "mime/mail_reader.h"
#include "mime/mail_writer.h"
#include "security/examined_keys.h"
#include "security/keys.h"
#include "security/protection.h"

namespace gateway::security {

// Makes an empty file for what has to be read twice. It goes when it is closed.
using NewFile = std::function<Result<UniqueFd>()>;

struct Sealing {
  const MailboxSettings& mailbox;  // the mailbox whose key signs
  // The partner for whom it is encrypted, as the partner's profile says.
  const PartnerSettings& partner;
  bool may_compress = true;  // compresses if the profile says so as well
};

// Writes whole mails, protected by one kind of security.
class MailSealer {
 public:
  virtual ~MailSealer() = default;

  // Returns how the parts of an entity have to be encoded, so that it can be signed for this
  // partner.
  [[nodiscard]] virtual InnerEncoding EncodingFor(const PartnerProfile& profile) const = 0;
  // Returns the text by which a receipt inside the encryption is to name the mailbox's key.
  [[nodiscard]] virtual std::string ReceiptKeyOf(const MailboxSettings& mailbox) const = 0;
  // Signs and encrypts `entity`, which is read once. Errors: config "key-not-usable" (expired,
  // revoked), "no-secret-key", "key-unreadable", those of the source and the sink.
  virtual Result<void> Seal(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) = 0;
  // Signs `entity` and does not encrypt it. Errors: as Seal().
  virtual Result<void> Sign(const Sealing& sealing, const mime::OuterHeader& header, Source& entity, Sink& mail) = 0;
};

// The messages that are encrypted in one part of a mail, one after the other.
class SealedMessages {
 public:
  virtual ~SealedMessages() = default;

  // Moves on to the next message, the first one at the first call, whether or not the one before
  // was opened. Returns false if there is no more. Errors: corrupt, if what follows is no message,
  // and those of the source.
  virtual Result<bool> Next() = 0;
  // Writes the plain text of this message. Nobody may trust it before the call has succeeded and
  // the signatures were judged. `limit` is for the bytes of plain text. Errors: corrupt
  // "not-decryptable" (no key of ours), "opened-too-large", and a damaged message.
  virtual Result<Protection> Open(Sink& plain, std::uint64_t limit) = 0;
};

// Opens what others have sealed by one kind of security. Signatures count only if they are by the
// partner of the mail.
class MailOpener {
 public:
  virtual ~MailOpener() = default;

  // Adds every key of ours in `content`, and unlocks the secret ones with `passphrase`. nullptr
  // means that they have none. Errors: config "key-unreadable", "wrong-passphrase".
  virtual Result<std::vector<KeyFacts>> AddOwnKeys(std::string_view content, const Secret* passphrase) = 0;
  // These two do the same as in MailOpeners.
  virtual Result<void> UsePartner(const PartnerKey* partner) = 0;
  virtual Result<void> StartThreads() = 0;

  // `part` is the decoded content of an encrypted part (mime::OpenEncryptedLeaf). It has to outlive
  // the messages.
  virtual std::unique_ptr<SealedMessages> MessagesIn(Source& part) = 0;
  // Returns the names of the keys that the first message of a part is encrypted to. Without any, it
  // is not encrypted to keys. The call needs no key. Error: corrupt, if the part is no message.
  virtual Result<std::vector<std::string>> ReadRecipients(Source& part) = 0;
  // Verifies the signatures of a multipart/signed in `file`. Error: corrupt, if there are none.
  virtual Result<std::vector<Signature>> Verify(int file, const mime::SignedEntity& entity) = 0;
};

}  // namespace gateway::security
