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
  unsigned total = 0;  // 0: not given on this fragment
};

enum class MailOrigin {
  anybody,
  automatic,            // an out-of-office note, an invitation, a newsletter
  perhaps_mail_server,  // it did not come by SMTP
  mail_server,          // it says that another mail could not be handed out
};

struct Envelope {
  MailKind kind = MailKind::plain;
  std::string from;                    // the address of From, lower case; empty when absent or not exactly one
  std::string message_id;              // without angle brackets
  std::string receipt_to;              // Disposition-Notification-To, the only address in it, lower case; else empty
  std::optional<TelemedicineSet> set;  // outer
  std::optional<Partial> partial;
  ByteRange body;            // partial: the raw body to be joined (RFC 2046: bytes as they are)
  bool tnef = false;         // plain: it holds a winmail.dat
  std::string wrapper_from;  // of a mail that was taken out of another (FindWrappedMail): as `from`, of that one
  bool wrapped = false;      // it was
  MailOrigin origin = MailOrigin::anybody;  // of a plain one
};

// Loads what reading would load from files at its first use: GMime's tables and the character sets
// of names. To be called before a sandbox closes the file system; otherwise not needed.
void PrepareReader();

// Reads the outer header of the mail in `fd` (a regular file). corrupt "mail-damaged",
// "mail-too-large".
Result<Envelope> ReadEnvelope(int fd, const ReadLimits& limits);

// The first of what is encrypted (armor or binary, transfer encoding undone) in a mail of kind
// encrypted: see encrypted_leaf.h for all of it. Behind armor that says where it ends the rest of
// the part may follow. corrupt "mail-damaged" when there are none.
Result<std::unique_ptr<Source>> OpenEncryptedBody(int fd, const ReadLimits& limits);

// Where a multipart/signed (RFC 3156 section 5) entity in `fd` has its signed bytes and its
// signature.
struct SignedEntity {
  ByteRange signed_range;  // exactly the bytes signed, as they stand in the file; canonicalise: CRLF
  std::string signature;   // armored or binary
};
// nullopt: the entity is not multipart/signed.
Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, const ReadLimits& limits);
// Of the first `size` bytes.
Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, std::uint64_t size, const ReadLimits& limits);
// A source over `range` of `fd` with every line end made CRLF, for checking a signature.
std::unique_ptr<Source> OpenCanonical(int fd, ByteRange range);
// Gives the bytes of `range` as they are. Some software signs raw or binary data without making its
// line ends canonical (docs/formats.md, "Line ends under a signature"). Try this if the canonical
// form does not verify.
std::unique_ptr<Source> OpenRaw(int fd, ByteRange range);

struct LeafPart {
  std::string content_type;  // "application/dicom", lower case
  std::string name;          // filename or name, RFC 2231 and 2047 undone; never a path: only the last component
  std::string study_id;      // X-TELEMEDICINE-STUDYID of the part or of what encloses it
  bool study_id_is_of_wrapper = false;  // as Leaf
};

// Asked for in the header of the encrypted entity.
struct PgpReceiptRequest {
  std::string to;          // address, lower case
  std::string key_id;      // 8 to 40 hex digits, upper case; empty: not given
  std::string content_id;  // Content-ID of the entity, else of its first part; without angle brackets; may be empty
};

// From whom and to whom a mail is, in the header of what is signed: nobody who passes it on can
// change that. A multipart/signed's own header counts too: what it says against the mail it may
// say.
struct SignedAddressing {
  std::optional<std::string> from;             // lower case; nullopt: no such field; empty: not exactly one address
  std::optional<std::vector<std::string>> to;  // To and Cc, lower case; nullopt: no address, or 50 and more
};

struct InnerSummary {
  std::optional<TelemedicineSet> set;  // inner
  bool set_is_of_wrapper = false;  // it stands in the header of a multipart/signed, whose signature is not over that
  SignedAddressing addressing;
  std::optional<PgpReceiptRequest> receipt;
  std::string nonce;   // X-DMGW-NONCE; empty: there is none
  unsigned parts = 0;  // that were handed out
  // Beside what a multipart/signed signs there is more: corrupt "part-not-signed". In what is
  // passed over as no document stands what looks like armor: corrupt "part-not-opened".
  std::optional<Error> leftover;
  bool all_7bit = true;  // no part is declared, or seen, to be anything else
};

// Walks the decrypted entity in `fd` and hands out each leaf, in order: `next(part)` returns the
// sink for the part's decoded bytes (no text conversion, whatever the type), or nullptr to skip it;
// the sink is used until next() is called again. Errors of `next` and of the sinks end the walk.
// What is no document, as a key or a blank text, is passed over (beside.h). corrupt "mail-damaged",
// "mime-too-deep", "too-many-parts", "mail-too-large".
Result<InnerSummary> ReadInnerEntity(int fd, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next);
// Of the first `size` bytes. `name`: of an entity that is a file and no MIME, as where each
// attachment is encrypted by itself.
Result<InnerSummary> ReadInnerEntity(int fd, std::uint64_t size, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next,
                                     const std::string& name = {});

}  // namespace gateway::mime
