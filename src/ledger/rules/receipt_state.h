// Decides when a receipt may be sent, and what it says, by the rules of receipts.h. These depend on
// the fate of instances, deliveries, documents and quarantined mails. Whoever changes one of these
// calls UpdateReceipts() in the same transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/time.h"
#include "ledger/mail_facts.h"
#include "ledger/receipt_request.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// The mails whose receipts wait and depend on this instance or document: those that carried it, first or again.
std::vector<std::int64_t> MailsOfInstance(Session& session, std::int64_t instance);
std::vector<std::int64_t> MailsOfDocument(Session& session, std::int64_t document);

// Sets the waiting receipts of these mails due where nothing of their mail is open any more. True when one is due now
// that was not. Mails without a waiting receipt cost one look-up.
bool UpdateReceipts(Session& session, const std::vector<std::int64_t>& mails, Time now);

bool IsReceiptDue(Session& session, std::int64_t mail);

// The receipt of a mail whose row is written, unless it, or its Message-ID, has one.
// `refused`: nothing of the mail could be used.
void AddReceipt(Session& session, std::int64_t mail, const MailFacts& facts, const ReceiptRequest& request,
                bool refused, Time now);

}  // namespace gateway::ledger
