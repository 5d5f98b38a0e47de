// A person decides what becomes of items on their way: they are tried at once, given up, held back
// or released. The calls work without a running daemon, and beside one, which notices the change
// within a second or two. Each item is changed in one transaction. A call about many items uses
// many transactions, so that nobody waits long. It can simply be repeated after a crash.
//
// A refused act changes nothing. What a person asks for besides is in redirections.h,
// redeliveries.h, shipments.h (resend) and quarantine_ledger.h.
#pragma once

#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct HeldDestination {
  DestinationName destination;
  Time since;
};

// The transaction that begins an act also records it (operator_requests.h).
class OperatorActs {
 public:
  explicit OperatorActs(Database& database) : database_(database) {}

  // A failed item, or one that waits for its next try, is due now and gets a new age. Its
  // destination is woken. For a shipment, this happens to its messages. A message goes on where it
  // was: the file that was sealed for it is sent. If the mail's sender was told that a delivery
  // failed, another receipt follows under another Message-ID.
  Decided<Acted> Retry(ItemId id, Time now);
  // Retries all messages and receipts for a partner, or all deliveries to a PACS.
  Result<Acted> RetryDestination(const DestinationName& destination, Time now);
  // Retries the items of all destinations in `known`, and also mails and documents. Items for other
  // destinations are stranded: no try would help them, so they stay as they are.
  Result<Acted> RetryAll(const KnownDestinations& known, Time now);

  // Gives up a shipment, message or delivery for good, as far as it was not sent or stored. Its
  // state becomes `cancelled`. If a worker has the item in hand, it may leave all the same, and its
  // state is then sent. An open shipment takes no more instances. If no delivery of an
  // instance is stored or open any more, the instance is dropped together with its file, and the
  // mail's sender is told.
  Decided<Acted> Cancel(ItemId id, Time now);

  // Holds a shipment, message or delivery back until a person releases it. What is added to a held
  // shipment later is held back too. An item that a worker has in hand still leaves.
  Decided<Acted> Hold(ItemId id, Time now);
  // Releases the item, which gets a new age. For a shipment, messages that were held one by one are
  // released too.
  Decided<Acted> Release(ItemId id, Time now);
  // Holds everything for a partner, receipts included, or everything for a PACS. Later items are
  // held too.
  Result<Acted> HoldDestination(const DestinationName& destination, Time now);
  // Releases what HoldDestination() held. Items that were held one by one stay held.
  Decided<Acted> ReleaseDestination(const DestinationName& destination, Time now);

  Result<std::vector<HeldDestination>> HeldDestinations();

 private:
  Database& database_;
};

}  // namespace gateway::ledger
