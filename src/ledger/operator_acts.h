// What a person decides of what is on its way: tried at once, given up, held back, let go. Works beside a running
// daemon, which goes on with it within a second or two, and without one. Each item is changed in one transaction; what
// concerns many is done in many, so that nobody waits long, and can simply be repeated after a crash.
//
// Errors besides the ledger's own: permanent "no-such-item"; permanent "wrong-state", with what to do instead.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/database.h"

namespace gateway::ledger {

// What a person may hold as a whole, or what the daemon keeps away from for a while.
enum class DestinationKind { partner, pacs, mailbox };

struct DestinationName {
  DestinationKind kind = DestinationKind::partner;
  std::string name;
  friend bool operator==(const DestinationName&, const DestinationName&) = default;
};

struct Acted {
  std::size_t items = 0;  // messages, deliveries, receipts, ... that were changed
  // Files that are not needed any more, for the caller to remove.
  std::vector<std::string> message_keys;
  std::vector<std::string> instance_keys;
};

struct HeldDestination {
  DestinationName destination;
  Time since;
};

// A destination that a person had tried again, and how often since the ledger was made.
struct Woken {
  DestinationName destination;  // a PACS, or a mailbox: its SMTP server; with an empty name all of them
  std::int64_t times = 0;
};

// An act of a person that stands in no log yet.
struct UnloggedAct {
  std::int64_t id = 0;
  Time at;
  std::string what;         // "retry", "quarantine-drop", ...
  std::string item;         // "S12", "partner b", "pacs main", "all"
  std::string partner;      // of "send"
  std::uint64_t files = 0;  // of "send"
};

// Each act is recorded in the transaction that begins it.
class OperatorActs {
 public:
  explicit OperatorActs(Database& database) : database_(database) {}

  // What has failed, or waits for its next try, is due now and has a new age; its destination is woken. Of a shipment:
  // its messages. A message goes on where it was: the file that was sealed for it is sent. When a delivery's failure
  // was told to the mail's sender, another receipt follows, under another Message-ID.
  Result<Acted> Retry(ItemId id, Time now);
  // All messages and receipts for a partner, or all deliveries to a PACS.
  Result<Acted> RetryDestination(const DestinationName& destination, Time now);
  // Those, and mails and documents.
  Result<Acted> RetryAll(Time now);

  // A shipment, message or delivery is given up for good, as far as it was not sent or stored: `cancelled`. One whose
  // worker has it in hand just now may leave all the same, and is then sent. An open shipment takes no more instances.
  // An instance without any other delivery is dropped, and its file with it; the mail's sender is told.
  Result<Acted> Cancel(ItemId id, Time now);

  // A shipment (what is still added to it too), message or delivery is not sent until it is released. What a worker has
  // in hand just now still leaves.
  Result<Acted> Hold(ItemId id, Time now);
  // A new age begins. Of a shipment: those of its messages too that were held one by one.
  Result<Acted> Release(ItemId id, Time now);
  // Everything for a partner, receipts too, or for a PACS, and what comes.
  Result<Acted> HoldDestination(const DestinationName& destination, Time now);
  // What is held one by one stays so.
  Result<Acted> ReleaseDestination(const DestinationName& destination, Time now);

  Result<std::vector<HeldDestination>> HeldDestinations();
  Result<std::vector<Woken>> WokenDestinations();

  // Those of this class, and of the other ledgers for a person's commands; the oldest first.
  Result<std::vector<UnloggedAct>> Unlogged(std::size_t limit);
  // Up to this one they stand in the log.
  Result<void> ForgetActs(std::int64_t last);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
