// The messages that are sealed and wait to be sent. Each call is one transaction, which is durable
// when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/sealed_message.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct MessageToSend {
  std::int64_t id = 0;
  std::int64_t shipment = 0;
  std::string partner;
  SealedMessage sealed;  // its fragments are only those that are not sent yet, in order
  Priority priority = Priority::normal;
  unsigned tries = 0;
  Time created;
  std::string rule;      // of the shipment, as the configuration names it
  Time window_opens;     // as in MessageToSeal
  bool at_once = false;  // as in MessageToSeal
};

class SendQueue {
 public:
  explicit SendQueue(Database& database) : database_(database) {}

  // Claims sealed messages of `mailbox` whose next try is due and whose priority is at least
  // `least`, by priority and then by age. A claim ends with the outcome, with Unclaim(), or after
  // `lease`.
  Result<std::vector<MessageToSend>> Claim(const std::string& mailbox, std::size_t limit, Time now, Milliseconds lease,
                                           Priority least = Priority::bulk);
  // Records what became of the copy with this Message-ID (each fragment has its own). A sender
  // whose lease ran out may report about an older copy than the one that is to be sent now. Such a
  // report changes nothing.
  Result<void> RecordFragmentSent(std::int64_t message, const std::string& message_id, const std::string& reply,
                                  Time now);
  // Durable point (2). Returns true if it was the shipment's last message. The caller may then
  // remove the copy's file.
  Result<bool> RecordSent(std::int64_t message, const std::string& message_id, const std::string& reply, Time now);
  // The message failed for good if `next_try` is nullopt.
  Result<bool> RecordFailure(std::int64_t message, const std::string& message_id, const Error& error,
                             std::optional<Time> next_try);
  // The message was too large for a mail server and was cut anew. The fragments of before are void.
  // Returns false if the copy is not to be sent any more.
  Result<bool> RecordCut(std::int64_t message, const SealedMessage& sealed);
  // Records the size in bytes that SealQueue::SizeLimitOf() returns.
  Result<void> LearnSizeLimit(const std::string& partner_key, std::uint64_t bytes, Time now);
  // Does the same as SealQueue::Defer(), for sealed messages.
  Result<void> Defer(const MessageToSend& message, const std::string& mailbox, Time until, Time now);
  // Does the same as SealQueue::DeferToWindow(), for sealed messages.
  Result<void> DeferToWindow(const MessageToSend& message, Time opens, Time now);
  // A worker goes on with the message, which it claimed, until `until`.
  Result<void> KeepClaim(std::int64_t message, Time until);
  // The server or the partner accepts mails again, so all deferred messages are due. An empty
  // `partner` means all partners of the mailbox.
  Result<void> EndDeferral(const std::string& mailbox, const std::string& partner, Time now);
  // Gives the claims of messages back without counting a try.
  Result<void> Unclaim(const std::vector<std::int64_t>& messages);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
