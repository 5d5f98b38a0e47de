// A receipt that the sender of a mail asks for.
#pragma once

#include <optional>
#include <string>

#include "gateway/settings/receipts.h"
#include "gateway/telemedicine_set.h"

namespace gateway::ledger {

enum class ReceiptKind { mdn, pgp };

// Says what became of a mail. A receipt that still waits says nothing yet.
enum class Disposition { displayed, displayed_warning, deleted_error, deleted };

// The caller makes a request only if the gateway answers this sender.
struct ReceiptRequest {
  ReceiptKind kind = ReceiptKind::mdn;
  std::string original_message_id;  // the mail's Message-ID; may be empty
  std::string content_id;           // pgp: the Content-ID that the receipt names
  std::string message_id;           // our receipt's Message-ID, the same in every try
  ReceiptWhen when = ReceiptWhen::stored;
  // The mail's secret, which the receipt repeats. Empty means that the mail has none. nullopt means
  // that nobody looked for one.
  std::optional<std::string> nonce;
  // Identifies the mail among others with its Message-ID; usually its signature.
  std::string signature;
  // The set of a mail that is enclosed in the one that came. nullopt means the set of the mail
  // itself.
  std::optional<TelemedicineSet> set = {};
};

}  // namespace gateway::ledger
