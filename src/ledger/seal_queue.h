// The messages that wait to be sealed. Each call is one transaction, which is durable when the call
// returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/derived_files.h"
#include "ledger/sealed_message.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct MessageToSeal {
  std::int64_t id = 0;
  std::int64_t shipment = 0;
  std::string partner;
  std::string mailbox;
  TelemedicineSet set;  // part and total count the messages of the shipment
  struct Item {
    std::int64_t instance = 0;  // 0 for a document
    std::string spool_key;
    std::string content_type = "application/dicom";
    std::string name;  // of a document; if it is empty, the sealer makes one from the part's number
    bool document = false;
    std::optional<DerivedFile> derived = {};  // the changed copy that goes in place of the instance
  };
  std::vector<Item> items;
  std::string rule;      // of the shipment, as the configuration names it
  bool changes = false;  // the rule changed instances when it named the partner
  std::string study_id;  // X-TELEMEDICINE-STUDYID
  Priority priority = Priority::normal;
  unsigned tries = 0;
  Time created;
  Time window_opens;     // the opening of its time window for which it waited; the epoch: none
  bool at_once = false;  // a person wants it to leave, whatever its time window says
};

class SealQueue {
 public:
  explicit SealQueue(Database& database) : database_(database) {}

  // Claims waiting messages, by priority and then by age. A claim ends with RecordSealed(),
  // RecordFailure(), Defer(), or after `lease`.
  Result<std::vector<MessageToSeal>> Claim(std::size_t limit, Time now, Milliseconds lease);
  // Returns false if the message no longer waits, or waits for another partner or mailbox than it
  // was sealed for. Then the caller's file is an orphan, and the caller removes it.
  Result<bool> RecordSealed(std::int64_t message, const SealedMessage& sealed);
  // The message failed for good if `next_try` is nullopt. Returns false if a receipt or another
  // worker decided the message's fate meanwhile.
  Result<bool> RecordFailure(std::int64_t message, const Error& error, std::optional<Time> next_try);
  // Call this while a partner, or the mail server before it, fails. The claimed message waits until
  // `until`, and so do all others of its mailbox and partner. Emergencies wait only if they are
  // claimed themselves. The call counts no try.
  Result<void> Defer(const MessageToSeal& message, Time until, Time now);
  // The claimed message waits until its time window opens, and so do the others of its shipment,
  // unless a person wants them to leave. The call counts no try.
  Result<void> DeferToWindow(const MessageToSeal& message, Time opens, Time now);
  // Returns whether any message is sealed and not sent. An empty `partner` means any partner.
  Result<bool> HasSealed(const std::string& mailbox, const std::string& partner);
  // Returns the size in bytes of a mail that a partner's mail servers accepted, after they had
  // refused larger ones. The key identifies the partner. 0 means that none is known, or that it was
  // learned so long ago that larger mails are worth a try. SendQueue::LearnSizeLimit() records it.
  Result<std::uint64_t> SizeLimitOf(const std::string& partner_key, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
