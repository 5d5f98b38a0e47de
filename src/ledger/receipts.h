// The receipts that we send. Each call is one transaction, which is durable when the call returns.
// Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/receipt_request.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct ReceiptToSend {
  std::int64_t id = 0;
  std::int64_t mail = 0;
  std::string partner;
  ReceiptRequest request;
  std::optional<TelemedicineSet> set;
  Disposition disposition{};
  unsigned tries = 0;
  Time created;
};

// A mail has at most one receipt for its own Message-ID, and one for each enclosed mail that asks.
// A (partner, Message-ID, signature) has at most one. With when: accepted, the receipt is due at
// once. Otherwise it is due when every instance of the mail (one that came before included) and
// every document is stored, failed for good, cancelled, filed, kept, dropped or in conflict. Items
// that wait for a route or a release keep the receipt waiting.
//
// The disposition is the first of these that fits:
// - "deleted" if a delivery or a document failed for good, a delivery was cancelled, a person
//   dropped an instance or a document, or nothing of the mail could be used;
// - "displayed/warning" if a PACS gave a warning status, on a conflict, if a delivery was
//   overtaken, if a document is kept for a person or finds no study beside images, or if
//   something of the mail stays in quarantine or was dropped there;
// - "displayed" otherwise.
class Receipts {
 public:
  explicit Receipts(Database& database) : database_(database) {}

  Result<std::vector<ReceiptToSend>> Claim(const std::string& mailbox, std::size_t limit, Time now, Milliseconds lease);
  Result<void> RecordSent(std::int64_t receipt, const std::string& reply, Time now);
  // The receipt failed for good if `next_try` is nullopt.
  Result<void> RecordFailure(std::int64_t receipt, const Error& error, std::optional<Time> next_try);
  Result<void> Unclaim(const std::vector<std::int64_t>& receipts);
  // Do the same as SendQueue::Defer() and SendQueue::EndDeferral(), for receipts.
  Result<void> Defer(const ReceiptToSend& receipt, const std::string& mailbox, Time until, Time now);
  Result<void> EndDeferral(const std::string& mailbox, const std::string& partner, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
