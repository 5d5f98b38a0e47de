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
  displayed,          // good
  displayed_warning,  // stored with a warning; also "dispatched" and "processed" of RFC 2298, and what a person sent
  deleted_error,      // failed, sending again may help
  deleted,            // failed, sending again will not help; also "denied" and "failed" of RFC 2298
  bounced,            // the DSN's action is failed, or it is a bounce
  delayed,            // the DSN's action is delayed
  relayed,            // the DSN's actions are delivered, relayed, expanded: it tells nothing about the images
  other,              // nobody can tell
};

struct Report {
  ReportKind kind = ReportKind::mdn;
  Verdict verdict = Verdict::other;
  // The ids of the original without angle brackets, the most certain first, at most 16:
  // Original-Message-ID, the Content-ID of a pgp receipt, the Message-ID in the returned header.
  // For a bounce also those in its text.
  std::vector<std::string> message_ids;
  std::optional<TelemedicineSet> set;  // from the returned header, or from the report's own
  // X-DMGW-NONCE of a receipt. nullopt: its writer does not know the field. Empty: the mail that it
  // answers had no secret.
  std::optional<std::string> nonce;
  SignedAddressing addressing;  // from the report's own header
  // Tells people the disposition, or status and diagnostic. It is printable ASCII with at most 500
  // bytes.
  std::string words;
};

// Reads the report in `fd`, a mail or a decrypted entity. Returns nullopt if it is no report. A
// mail that is neither encrypted nor a fragment counts as a bounce only if it says that a mail
// server wrote it, and names a Message-ID. It says so by an empty Return-Path, From MAILER-DAEMON
// or postmaster, X-Failed-Recipients or the like. RFC 8098 is read case-insensitively, with
// optional white space. Errors: corrupt "mail-damaged", and those for the limits of ReadLimits.
Result<std::optional<Report>> ReadReport(int fd, const ReadLimits& limits);
// Reads only the first `size` bytes.
Result<std::optional<Report>> ReadReport(int fd, std::uint64_t size, const ReadLimits& limits);

// The content of a receipt that we write.
struct Receipt {
  std::string disposition;          // "displayed", "displayed/warning", "deleted/error", "deleted"
  std::string final_recipient;      // our address
  std::string original_message_id;  // empty: not named
  std::string reporting_ua;         // "gateway-name; dicom-mail-gateway"
  std::optional<TelemedicineSet> set = {};
  std::optional<std::string> nonce = {};  // that of the original; empty: it had none; nullopt: nobody knows
  // Addresses for the entity's own header, if it is signed. Empty: there are no such fields.
  std::string from = {};
  std::string to = {};
};

// Returns a multipart/report entity (RFC 8098 section 3), from its Content-Type field on. It has a
// text for people, the notification, and text/rfc822-headers with Message-ID and set of the
// original. It is 7bit with CRLF. Error: permanent "header-not-writable".
Result<std::string> ReceiptEntity(const Receipt& receipt);
// Returns the entity of a receipt inside the encryption. Its header has X-TELEMEDICINE-REPORT with
// the disposition, -ORIGINAL-CONTENT-ID and the set, and its body is a text.
Result<std::string> PgpReceiptEntity(const Receipt& receipt, const std::string& original_content_id);

}  // namespace gateway::mime
