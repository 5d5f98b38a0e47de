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

// Returns the mails whose receipts wait, and that carried this instance or document. The mail may
// have been the first to carry it, or have carried it again.
std::vector<std::int64_t> MailsOfInstance(Session& session, std::int64_t instance);
std::vector<std::int64_t> MailsOfDocument(Session& session, std::int64_t document);

// Makes the waiting receipts of these mails due if nothing of their mail is open any more. Returns
// true if a receipt became due. A mail without a waiting receipt costs one look-up.
bool UpdateReceipts(Session& session, const std::vector<std::int64_t>& mails, Time now);

bool IsReceiptDue(Session& session, std::int64_t mail);

// Adds a receipt for a mail whose row is written. It does nothing if the mail has one for the same
// Message-ID, or if the partner has one for the same Message-ID and signature. `refused` says that
// nothing of the mail could be used.
void AddReceipt(Session& session, std::int64_t mail, const MailFacts& facts, const ReceiptRequest& request,
                bool refused, Time now);

}  // namespace gateway::ledger
