// The destinations: partners, PACS, and mailboxes, whose SMTP servers take what we send. This file
// records which of them are away, since when and why. It also finds what waits for a destination
// that the configuration does not have, and that no worker therefore claims.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/destination_name.h"
#include "ledger/states.h"
#include "ledger/store/database.h"
#include "ledger/store/session.h"
#include "policy/mail_destinations.h"

namespace gateway::ledger {

class Destinations {
 public:
  explicit Destinations(Database& database) : database_(database) {}

  // Counts deliveries, messages, receipts and open shipments. For a mailbox it also counts received
  // mails that are to be opened, fragments, and mails in quarantine. Failed items are reported as
  // failed, so they are not counted here.
  Result<std::vector<Stranded>> FindStranded(const KnownDestinations& known);
  // Returns where this delivery, message, receipt or shipment goes, whatever its state. For a
  // received mail it returns the mailbox. It returns nothing for other kinds.
  Result<std::vector<DestinationName>> Of(ItemId id);

  // A power failure may undo these two calls, but the next try repeats them. They write nothing if
  // the ledger knows the fact already.
  Result<void> RecordAway(const DestinationName& destination, const Error& error, Time now);
  Result<void> RecordBack(const DestinationName& destination);
  // Does the same as RecordBack(). For a mailbox it also forgets all partners, whichever mailbox
  // their mails leave from. An empty name means all destinations of the kind.
  Result<void> ForgetAway(const DestinationName& destination);
  // Forgets all destinations at a start, because nobody has tried them yet.
  Result<void> ForgetAway();
  Result<std::vector<Away>> AllAway();

 private:
  Database& database_;
};

// Do the same for workers: an error is logged, and does not stop the worker.
void RecordAway(Destinations destinations, const DestinationName& destination, const Error& error, Time now);
void RecordBack(Destinations destinations, const DestinationName& destination);
// Returns hooks that record which destinations of this mailbox are away. `due` is called first when
// one of them is back.
MailHooks RecordIn(Destinations destinations, std::string mailbox, std::function<void(const std::string& partner)> due);

// The states in which an item waits for a destination of this kind. A closed shipment waits as its
// messages.
const std::vector<KindState>& WaitingFor(DestinationKind kind);

std::vector<Away> LoadAway(Session& session);
std::vector<DestinationName> LoadDestinations(Session& session, ItemId id);

}  // namespace gateway::ledger
