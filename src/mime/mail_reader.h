// Reads mails from outside (docs/formats.md, "What is read"). The input is hostile. Nothing here
// opens a file by name, so it works in a sandboxed process. There is no state: any thread may call
// it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/security_kind.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "mime/mail_format.h"

namespace gateway::mime {

enum class MailKind {
  encrypted,  // multipart/encrypted, inline armor, or a bare binary OpenPGP part
  partial,    // message/partial
  report,     // MDN, DSN, multipart/signed around one, or a bounce in plain text (report.h)
  plain,      // anything else: no DICOM mail
};

struct Partial {
  std::string id;
  unsigned number = 0;
  unsigned total = 0;  // 0: this fragment does not say
};

enum class MailOrigin {
  anybody,
  automatic,            // an out-of-office note, an invitation, a newsletter
  perhaps_mail_server,  // it did not come by SMTP
  mail_server,          // it says that the server could not hand out another mail
};

struct Envelope {
  MailKind kind = MailKind::plain;
  std::string from;        // the address of From, lower case; empty when absent or not exactly one
  std::string message_id;  // without angle brackets
  // Disposition-Notification-To: the only address in it, in lower case. Otherwise empty.
  std::string receipt_to;
  std::optional<TelemedicineSet> set;  // from the outer header
  std::optional<Partial> partial;
  // If `partial` is set, this is the raw body to be joined, as it stands (RFC 2046).
  ByteRange body;
  bool tnef = false;  // with `plain`: the mail holds a winmail.dat
  // If the mail was taken out of another one (FindWrappedMail()): as `from`, but of the wrapper.
  std::string wrapper_from;
  bool wrapped = false;                     // the mail was taken out of another one
  MailOrigin origin = MailOrigin::anybody;  // with `plain`
};

// Loads everything that reading would load from files at its first use: GMime's tables and the
// character sets of names. It must be called before a sandbox closes the file system. Otherwise
// nobody need call it.
void PrepareReader();

// Reads the outer header of the mail in `fd`, a regular file. Errors: corrupt "mail-damaged",
// "mail-too-large".
Result<Envelope> ReadEnvelope(int fd, const ReadLimits& limits);

// Returns the first encrypted part of a mail of kind `encrypted`, as armor or binary, with its
// transfer encoding undone. encrypted_leaf.h finds all of them. If the armor says where it ends,
// the rest of the part may follow it. Error: corrupt "mail-damaged" if there is none.
Result<std::unique_ptr<Source>> OpenEncryptedBody(int fd, const ReadLimits& limits);

// Says where a multipart/signed entity (RFC 3156 section 5) in `fd` has its signed bytes and its
// signature.
struct SignedEntity {
  // Exactly the signed bytes, as they are in the file. In their canonical form all line ends are
  // CRLF.
  ByteRange signed_range;
  std::string signature;  // armored or binary
  SecurityKind security = SecurityKind::openpgp;
};
// Returns nullopt if the entity is not multipart/signed.
Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, const ReadLimits& limits);
// Reads only the first `size` bytes.
Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, std::uint64_t size, const ReadLimits& limits);
// Returns a source over `range` of `fd` in which every line end is CRLF, for checking a signature.
std::unique_ptr<Source> OpenCanonical(int fd, ByteRange range);
// Returns the bytes of `range` as they are. Some software signs raw or binary data without making
// its line ends canonical (docs/formats.md, "Line ends under a signature"). The caller should try
// both forms.
std::unique_ptr<Source> OpenRaw(int fd, ByteRange range);

struct LeafPart {
  std::string content_type;  // "application/dicom", lower case
  // The filename or name, with RFC 2231 and 2047 undone. It is never a path, but only the last
  // component.
  std::string name;
  std::string study_id;                 // X-TELEMEDICINE-STUDYID of the part, or of what encloses it
  bool study_id_is_of_wrapper = false;  // as in Leaf
};

// The request for a receipt in the header of the encrypted entity.
struct PgpReceiptRequest {
  std::string to;      // address, lower case
  std::string key_id;  // 8 to 40 hex digits in upper case; empty: none is given
  // The Content-ID of the entity, otherwise of its first part, without angle brackets. It may be
  // empty.
  std::string content_id;
};

// Says from whom and to whom a mail is, in the header of what is signed. So nobody who passes the
// mail on can change that. The header of a multipart/signed itself counts too, because it can only
// speak against the mail.
struct SignedAddressing {
  std::optional<std::string> from;             // lower case; nullopt: no such field; empty: not exactly one address
  std::optional<std::vector<std::string>> to;  // To and Cc, lower case; nullopt: no address, or 50 and more
};

struct InnerSummary {
  std::optional<TelemedicineSet> set;  // from the inner headers
  // The set is in the header of a multipart/signed, which its signature does not cover.
  bool set_is_of_wrapper = false;
  SignedAddressing addressing;
  std::optional<PgpReceiptRequest> receipt;
  std::string nonce;   // X-DMGW-NONCE; empty: there is none
  unsigned parts = 0;  // how many were handed out
  // Corrupt "part-not-signed": there is more beside what a multipart/signed signs. Corrupt
  // "part-not-opened": something that was passed over because it is no document holds what looks
  // like armor.
  std::optional<Error> leftover;
  bool all_7bit = true;  // no part is declared, or seen, to be anything else
};

// Walks through the decrypted entity in `fd` and hands out each leaf, in order. `next(part)`
// returns the sink for the part's decoded bytes (without text conversion, whatever the type), or
// nullptr to skip the part. The sink is used until next() is called again. Errors of `next` and of
// the sinks end the walk. Leaves that are no documents, such as a key or a blank text, are passed
// over (beside.h). Errors: corrupt "mail-damaged", "mime-too-deep", "too-many-parts",
// "mail-too-large".
Result<InnerSummary> ReadInnerEntity(int fd, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next);
// Reads only the first `size` bytes. `name` is the name of an entity that is a file and no MIME,
// because each attachment was encrypted by itself.
Result<InnerSummary> ReadInnerEntity(int fd, std::uint64_t size, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next,
                                     const std::string& name = {});

}  // namespace gateway::mime
