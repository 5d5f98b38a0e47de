// Where things go: partners, PACS, and mailboxes, whose SMTP server takes what we send. Which of them are away, since
// when and why; and what waits for one that the configuration does not have, which no worker claims.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/states.h"
#include "ledger/store/database.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// What a person may hold as a whole, or what the daemon keeps away from for a while.
enum class DestinationKind { partner, pacs, mailbox };

struct DestinationName {
  DestinationKind kind = DestinationKind::partner;
  std::string name;
  friend bool operator==(const DestinationName&, const DestinationName&) = default;
};

// As the ledger, and the command line, have them.
std::string_view NameOf(DestinationKind kind);
DestinationKind DestinationKindNamed(std::string_view name);
// "partner b"
std::string TextOf(const DestinationName& destination);

// Those of a configuration (operations/known_destinations.h).
struct KnownDestinations {
  std::vector<std::string> partners;
  std::vector<std::string> pacs;
  std::vector<std::string> mailboxes;
  [[nodiscard]] bool Has(const DestinationName& destination) const;
};

// What waits for, or is held back from, a destination that the configuration does not have.
struct Stranded {
  DestinationName destination;
  std::int64_t items = 0;
};

struct Away {
  DestinationName destination;
  Time since;
  std::string error_code;
  std::string error_detail;
};

class Destinations {
 public:
  explicit Destinations(Database& database) : database_(database) {}

  // Deliveries, messages, receipts and open shipments. What failed is told as failed, and is not counted.
  Result<std::vector<Stranded>> FindStranded(const KnownDestinations& known);
  // Where this delivery, message, receipt or shipment goes, whatever its state; empty for other kinds.
  Result<std::vector<DestinationName>> Of(ItemId id);

  // A power failure may undo these two; the next try says it again. Nothing is written when it is known already.
  Result<void> RecordAway(const DestinationName& destination, const Error& error, Time now);
  Result<void> RecordBack(const DestinationName& destination);
  // As RecordBack(), and with a mailbox the partners behind it; an empty name means all of its kind.
  Result<void> ForgetAway(const DestinationName& destination);
  // At start: nobody has been tried yet.
  Result<void> ForgetAway();
  Result<std::vector<Away>> AllAway();

 private:
  Database& database_;
};

// The mail server of a mailbox, or, if `partner` is not empty, a partner behind it.
inline DestinationName MailDestination(const std::string& mailbox, const std::string& partner) {
  if (partner.empty()) return {DestinationKind::mailbox, mailbox};
  return {DestinationKind::partner, partner};
}

// As above, for workers: what fails is logged, and stops nobody.
void RecordAway(Destinations destinations, const DestinationName& destination, const Error& error, Time now);
void RecordBack(Destinations destinations, const DestinationName& destination);

// The states in which an item waits for a destination of this kind. A closed shipment waits as its
// messages.
const std::vector<KindState>& WaitingFor(DestinationKind kind);

std::vector<Away> LoadAway(Session& session);
std::vector<DestinationName> LoadDestinations(Session& session, ItemId id);

}  // namespace gateway::ledger
