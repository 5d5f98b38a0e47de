// Reads the machine-readable parts of reports: message/disposition-notification (RFC 8098 section
// 3.1) and message/delivery-status (RFC 3464 section 2). Time and memory are linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mime/report.h"

namespace gateway::mime {

// The value of a Disposition field. The mode before the semicolon may be missing.
struct Disposition {
  Verdict verdict = Verdict::other;
  std::string words;  // "displayed/warning": type and modifiers only
};
Disposition ReadDisposition(std::string_view value);

struct Notification {
  Disposition disposition;
  std::string original_message_id;
  std::optional<std::string> nonce;  // as in Report
};
Notification ReadNotification(std::string_view text);

// The recipient with the worst verdict stands for all of them.
struct DeliveryStatus {
  std::optional<Verdict> verdict;  // nullopt: it names no recipient
  std::string words;               // status and diagnostic code
  bool has_diagnostic = false;     // the words contain one; Exim writes none
  std::string envelope_id;         // Original-Envelope-Id, if it may be a Message-ID
};
DeliveryStatus ReadDeliveryStatus(std::string_view text);

// Returns `text` for a log: printable ASCII, each run of white space as one blank, at most 500
// bytes.
std::string Printable(std::string_view text);

}  // namespace gateway::mime
