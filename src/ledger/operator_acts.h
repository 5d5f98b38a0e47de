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
#include "ledger/destinations.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct Acted {
  std::size_t items = 0;  // messages, deliveries, receipts, ... that were changed
  // Files that are not needed any more, for the caller to remove.
  std::vector<std::string> message_keys;
  std::vector<std::string> instance_keys;
  std::size_t in_hand = 0;  // redirect: left alone, as a worker has them in hand just now
  bool held = false;        // redirect: the hold of the old name is one of the new name now
  bool replacing = false;   // retry of one delivery: in place of another content, which the PACS was given last
};

// What waits for one destination goes to another of its kind.
struct Redirection {
  DestinationName from;
  std::string to;
  bool renamed = false;                // `from` is not in the configuration: a person's hold of it goes along
  std::string mailbox;                 // of a partner `to`: which of ours talks to it
  std::vector<std::string> addresses;  // of a partner `to`: receipts for mails from these go to it as well
  bool daemon_runs = false;            // a delivery that is claimed is in somebody's hand
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
  std::string actor;        // who did it: "anna as root"; empty: an older version did not say
  std::string partner;      // of "send"
  std::uint64_t files = 0;  // of "send"
};

// Each act is recorded in the transaction that begins it.
// Received instances that are to be stored once more.
struct Redelivery {
  std::optional<ItemId> item;       // an instance, a mail, a set; or else
  std::string study_instance_uid;   // a study
  std::optional<std::string> pacs;  // nullopt: every PACS that had it, or was to have it, and is one of `known`
  KnownDestinations known;
};

struct Redelivered {
  std::size_t instances = 0;   // that the item holds
  std::size_t deliveries = 0;  // that wait again
  std::size_t under_way = 0;   // that wait anyway
  std::size_t gone = 0;        // instances whose file is over its retention time
  std::size_t undecided = 0;   // instances in quarantine, or dropped
  std::size_t nowhere = 0;     // instances that no PACS of the configuration had
  // Deliveries left out, as the PACS was given another content of that SOP Instance UID since: of a mail, a set, a
  // study each PACS gets once more what it was given last.
  std::size_t superseded = 0;
  std::size_t replacing = 0;  // deliveries of the one instance that replace such a content
};

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

  // In one transaction: deliveries to a PACS, messages and open shipments for a partner or of a mailbox, a mailbox's
  // receipts and the mails that were not opened yet; what failed too. Messages are sealed anew. A delivery of an
  // instance that the other PACS is to get, or has, anyway becomes one with that.
  Result<Acted> Redirect(const Redirection& redirection, Time now);

  // As long as their files are kept. permanent "no-such-item".
  Result<Redelivered> Redeliver(const Redelivery& redelivery, Time now);

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
