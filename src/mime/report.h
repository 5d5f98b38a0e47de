// Writes and reads receipts and bounces: MDN (RFC 8098), DSN (RFC 3464), the bounces in plain text
// that mail servers write, and receipts inside the encryption (docs/formats.md, "Receipts"). Writer
// and reader are inverse where both exist. The input is hostile, so the reader limits all that it
// keeps. There is no state: any thread may call it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "mime/mail_format.h"
#include "mime/mail_reader.h"

namespace gateway::mime {

enum class ReportKind {
  mdn,     // multipart/report of a message/disposition-notification
  dsn,     // multipart/report of a message/delivery-status
  bounce,  // free text of a mail server
  pgp,     // X-TELEMEDICINE-REPORT in the header of the encrypted entity
};

enum class Verdict {
  displayed,          // ok; also "dispatched" and "processed" of RFC 2298
  displayed_warning,  // stored with a warning
  deleted_error,      // failed, sending again may help
  deleted,            // failed, sending again will not help; also "denied" and "failed" of RFC 2298
  bounced,            // DSN action failed; a bounce
  delayed,            // DSN action delayed
  relayed,            // DSN actions delivered, relayed, expanded: tells nothing about the images
  other,              // cannot be told
};

struct Report {
  ReportKind kind = ReportKind::mdn;
  Verdict verdict = Verdict::other;
  // Of the original, without angle brackets, the most certain first, at most 16:
  // Original-Message-ID, the Content-ID of a pgp receipt, the returned header's Message-ID; of a
  // bounce also those found in its text.
  std::vector<std::string> message_ids;
  std::optional<TelemedicineSet> set;  // of the returned header, or of the report's own
  // X-DMGW-NONCE of a receipt: nullopt: its writer knows no such field; empty: what it answers had
  // none.
  std::optional<std::string> nonce;
  SignedAddressing addressing;  // of the report's own header
  std::string words;            // for people, printable ASCII, at most 500 bytes: disposition, or status and diagnostic
};

// Reads the report in `fd`: a mail, or a decrypted entity. nullopt: it is none. A mail that is
// neither encrypted nor a fragment counts as bounce only when it says that a mail server wrote it
// (an empty Return-Path, From MAILER-DAEMON or postmaster, Auto-Submitted with X-Failed-Recipients,
// ...) and names a Message-ID. RFC 8098 is read case-insensitively, with optional white space.
// corrupt "mail-damaged", and the bounds of ReadLimits.
Result<std::optional<Report>> ReadReport(int fd, const ReadLimits& limits);
// Of the first `size` bytes.
Result<std::optional<Report>> ReadReport(int fd, std::uint64_t size, const ReadLimits& limits);

// Of a receipt that we write.
struct Receipt {
  std::string disposition;          // "displayed", "displayed/warning", "deleted/error", "deleted"
  std::string final_recipient;      // our address
  std::string original_message_id;  // empty: not named
  std::string reporting_ua;         // "gateway-name; dicom-mail-gateway"
  std::optional<TelemedicineSet> set = {};
  std::optional<std::string> nonce = {};  // of the original; empty: it had none; nullopt: nobody knows
  // Addresses for the entity's own header, where it is signed; empty: no such fields.
  std::string from = {};
  std::string to = {};
};

// A multipart/report entity (RFC 8098 section 3), from its Content-Type field on: a text for
// people, the notification, and text/rfc822-headers of the original: Message-ID and the set. 7bit,
// CRLF. permanent "header-not-writable".
Result<std::string> ReceiptEntity(const Receipt& receipt);
// The entity of a receipt inside the encryption: X-TELEMEDICINE-REPORT with the disposition and
// -ORIGINAL-CONTENT-ID in its header, the set, and a text.
Result<std::string> PgpReceiptEntity(const Receipt& receipt, const std::string& original_content_id);

}  // namespace gateway::mime
