// Decides whether a mail is answered with a receipt, and with which kind (docs/formats.md,
// "Receipts"). Only mails that are encrypted and accepted come here: reports and strangers are
// never answered.
#pragma once

#include <optional>
#include <string>

#include "gateway/settings/partner.h"
#include "gateway/settings/receipts.h"
#include "ledger/receipt_request.h"
#include "opener/replies.h"

namespace gateway::inbound {

struct ReceiptDecision {
  std::optional<ledger::ReceiptRequest> request;
  // Says why a receipt that was asked for is not given; otherwise empty. "to-another-address": it
  // was asked for at another address than the partner's. "sets-differ": the header around the
  // encryption belongs to another mail, and so does the Message-ID that the receipt would name.
  std::string withheld;
};

// `own_address` is the address of the mailbox that answers. A mail that asks for both kinds gets
// the kind of the partner's profile.
ReceiptDecision DecideReceipt(const mime::Envelope& envelope, const opener::MessageReply& opened,
                              const PartnerSettings& partner, const std::string& own_address, ReceiptWhen when);

}  // namespace gateway::inbound
