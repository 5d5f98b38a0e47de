// Finds what waits for a destination that the configuration does not have, and that no worker
// therefore claims. Destinations are partners, PACS, and mailboxes, whose SMTP servers take what we
// send.
#pragma once

#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/destination_name.h"
#include "ledger/states.h"
#include "ledger/store/database.h"
#include "ledger/store/session.h"

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

 private:
  Database& database_;
};

// The states in which an item waits for a destination of this kind. A closed shipment waits as its
// messages.
const std::vector<KindState>& WaitingFor(DestinationKind kind);

std::vector<DestinationName> LoadDestinations(Session& session, ItemId id);

}  // namespace gateway::ledger
