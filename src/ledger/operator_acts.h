// A person decides what becomes of items on their way: they are tried at once, given up, held back
// or released. The calls work without a running daemon, and beside one, which notices the change
// within a second or two. Each item is changed in one transaction. A call about many items uses
// many transactions, so that nobody waits long; only Redirect() uses one. It can simply be repeated
// after a crash.
//
// Besides the ledger's own errors there are these: permanent "no-such-item", and permanent
// "wrong-state", which says what to do instead.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/destinations.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct Acted {
  // The number of messages, deliveries, receipts and so on that were changed.
  std::size_t items = 0;
  // The keys of message files that are no longer needed. The caller removes the files.
  std::vector<std::string> message_keys;
  std::vector<std::string> instance_keys;
  std::size_t in_hand = 0;  // redirect: items left alone because a worker has them in hand
  bool held = false;        // redirect: the hold of the old name is now a hold of the new name
  // Retry of one delivery: it replaces another content, which the PACS was given last.
  bool replacing = false;
};

// Items that wait for one destination go to another one of its kind.
struct Redirection {
  DestinationName from;
  std::string to;
  bool renamed = false;  // `from` is not in the configuration, so a person's hold of it moves too
  std::string mailbox;   // for a partner `to`: the mailbox of ours that talks to it
  // For a partner `to`: receipts for mails from these addresses move too.
  std::vector<std::string> addresses;
  bool daemon_runs = false;  // so a claimed delivery is in a worker's hand
};

struct HeldDestination {
  DestinationName destination;
  Time since;
};

// Counts how often, since the ledger was made, a person had this destination tried again.
struct Woken {
  DestinationName destination;  // a PACS, or a mailbox for its SMTP server; an empty name means all
  std::int64_t times = 0;
};

// An act of a person that is not in the log yet.
struct UnloggedAct {
  std::int64_t id = 0;
  Time at;
  std::string what;  // "retry", "quarantine-drop", ...
  std::string item;  // "S12", "partner b", "pacs main", "all"
  // Who did it, such as "anna as root"; empty if an older version recorded it.
  std::string actor;
  std::string partner;      // for "send": the partner
  std::uint64_t files = 0;  // for "send": the number of files
};

// Received instances that are to be stored once more.
struct Redelivery {
  std::optional<ItemId> item;      // an instance, a mail or a set; without it, the study counts
  std::string study_instance_uid;  // of the study
  // nullopt: every PACS of `known` that had the instance, or was to have it.
  std::optional<std::string> pacs;
  KnownDestinations known;
};

struct Redelivered {
  std::size_t instances = 0;   // the instances that the item holds
  std::size_t deliveries = 0;  // the deliveries that wait again
  std::size_t under_way = 0;   // the deliveries that were waiting already
  std::size_t gone = 0;        // instances whose file is gone, because its retention time is over
  std::size_t undecided = 0;   // instances that are in quarantine or dropped
  std::size_t nowhere = 0;     // instances that no PACS of the configuration had
  // Deliveries that were left out because the PACS was given another content of that SOP Instance
  // UID since. For a mail, a set or a study, each PACS gets the content once more that it was given
  // last.
  std::size_t superseded = 0;
  std::size_t replacing = 0;             // deliveries of the one instance that replace such a content
  std::set<std::string> not_configured;  // the PACS that had some of them and are not in `known`
};

// The transaction that begins an act also records it.
class OperatorActs {
 public:
  explicit OperatorActs(Database& database) : database_(database) {}

  // A failed item, or one that waits for its next try, is due now and gets a new age. Its
  // destination is woken. For a shipment, this happens to its messages. A message goes on where it
  // was: the file that was sealed for it is sent. If the mail's sender was told that a delivery
  // failed, another receipt follows under another Message-ID.
  Result<Acted> Retry(ItemId id, Time now);
  // Retries all messages and receipts for a partner, or all deliveries to a PACS.
  Result<Acted> RetryDestination(const DestinationName& destination, Time now);
  // Retries the items of all destinations, and also mails and documents.
  Result<Acted> RetryAll(Time now);

  // Gives up a shipment, message or delivery for good, as far as it was not sent or stored. Its
  // state becomes `cancelled`. If a worker has the item in hand, it may leave all the same, and its
  // state is then sent. An open shipment takes no more instances. If no delivery of an
  // instance is stored or open any more, the instance is dropped together with its file, and the
  // mail's sender is told.
  Result<Acted> Cancel(ItemId id, Time now);

  // Holds a shipment, message or delivery back until a person releases it. What is added to a held
  // shipment later is held back too. An item that a worker has in hand still leaves.
  Result<Acted> Hold(ItemId id, Time now);
  // Releases the item, which gets a new age. For a shipment, messages that were held one by one are
  // released too.
  Result<Acted> Release(ItemId id, Time now);
  // Holds everything for a partner, receipts included, or everything for a PACS. Later items are
  // held too.
  Result<Acted> HoldDestination(const DestinationName& destination, Time now);
  // Releases what HoldDestination() held. Items that were held one by one stay held.
  Result<Acted> ReleaseDestination(const DestinationName& destination, Time now);

  // Moves items to another destination in one transaction: deliveries to a PACS; messages, open
  // shipments and receipts for a partner or of a mailbox. The mails of a renamed mailbox move too,
  // if they were not opened yet, are fragments, or are in quarantine. For a partner, only receipts
  // for mails from Redirection::addresses move. Failed items move as well. Messages are sealed
  // anew. If the other PACS has the instance already, or is to get it, the two deliveries become
  // one.
  Result<Acted> Redirect(const Redirection& redirection, Time now);
  // For a renamed PACS: all that it was given under its old name counts as given under its new one.
  // The call makes many short transactions, because it may concern hundreds of thousands of
  // instances. It may be repeated. `is_only_act` says that Redirect() has found nothing to move and
  // logged no act. Returns the number of instances.
  Result<std::size_t> CarryGiven(const Redirection& redirection, bool is_only_act, Time now);

  // Works as long as the files are kept. Error: permanent "no-such-item".
  Result<Redelivered> Redeliver(const Redelivery& redelivery, Time now);

  Result<std::vector<HeldDestination>> HeldDestinations();
  Result<std::vector<Woken>> WokenDestinations();

  // Returns the acts of this class, and the acts that the other ledgers recorded for a person's
  // commands, the oldest first.
  Result<std::vector<UnloggedAct>> Unlogged(std::size_t limit);
  // Forgets these acts, because they are in the log. An act with a lower id may come later, if its
  // transaction took longer.
  Result<void> ForgetActs(const std::vector<std::int64_t>& ids);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
