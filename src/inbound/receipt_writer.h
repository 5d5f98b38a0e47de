// Writes the mail that answers a partner's mail: a receipt as RFC 8098 describes, plain, signed or
// encrypted, or one inside the encryption (docs/formats.md, "Receipts"). Nothing in it, not even
// the subject, tells what was received.
#pragma once

#include <string>

#include "gateway/result.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/partner.h"
#include "gateway/time.h"
#include "ledger/receipts.h"
#include "security/mail_security.h"

namespace gateway::inbound {

struct ReceiptCorrespondents {
  std::string gateway_name;
  const MailboxSettings& mailbox;
  const PartnerSettings& partner;
};

// Returns the whole mail, which leaves from the empty sender. It is protected as the partner's
// profile says. A pgp receipt is always encrypted. Errors: those of MailSealer and of the writers
// in mime.
Result<std::string> WriteReceipt(security::MailSealer& sealer, const ReceiptCorrespondents& between,
                                 const ledger::ReceiptToSend& receipt, Time now);

}  // namespace gateway::inbound
