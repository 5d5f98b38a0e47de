// A receipt that the sender of a mail asks for.
#pragma once

#include <optional>
#include <string>

#include "gateway/settings/receipts.h"
#include "gateway/telemedicine_set.h"

namespace gateway::ledger {

enum class ReceiptKind { mdn, pgp };

// The sender is somebody whom we answer.
struct ReceiptRequest {
  ReceiptKind kind = ReceiptKind::mdn;
  std::string original_message_id;  // of the mail; may be empty
  std::string content_id;           // pgp: what the receipt is to name
  std::string message_id;           // of our receipt: the same in every try
  ReceiptWhen when = ReceiptWhen::stored;
  // The mail's secret, which the receipt repeats. Empty: the mail has none. nullopt: nobody looked.
  std::optional<std::string> nonce;
  std::string signature;  // of the mail, or something else that tells it from another with its Message-ID
  // Of a mail that is enclosed in the one that came. nullopt: the set of the mail itself.
  std::optional<TelemedicineSet> set = {};
};

}  // namespace gateway::ledger
