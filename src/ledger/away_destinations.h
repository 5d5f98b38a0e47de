// Records which destinations are away, since when and why. Destinations are partners, PACS, and
// mailboxes, whose SMTP servers take what we send. Workers find it out, and operators look it up.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/destination_name.h"
#include "ledger/store/database.h"
#include "ledger/store/session.h"
#include "policy/mail_destinations.h"

namespace gateway::ledger {

class AwayDestinations {
 public:
  explicit AwayDestinations(Database& database) : database_(database) {}

  // A power failure may undo these two calls, but the next try repeats them. They write nothing if
  // the ledger knows the fact already.
  Result<void> RecordAway(const DestinationName& destination, const Error& error, Time now);
  Result<void> RecordBack(const DestinationName& destination);
  // Does the same as RecordBack(). For a mailbox it also forgets all partners, whichever mailbox
  // their mails leave from. An empty name means all destinations of the kind.
  Result<void> Forget(const DestinationName& destination);
  // Forgets all destinations at a start, because nobody has tried them yet.
  Result<void> Forget();
  Result<std::vector<Away>> All();

 private:
  Database& database_;
};

// Do the same for workers: an error is logged, and does not stop the worker.
void RecordAway(AwayDestinations destinations, const DestinationName& destination, const Error& error, Time now);
void RecordBack(AwayDestinations destinations, const DestinationName& destination);
// Returns hooks that record which destinations of this mailbox are away. `due` is called first when
// one of them is back.
MailHooks RecordIn(AwayDestinations destinations, std::string mailbox,
                   std::function<void(const std::string& partner)> due);

std::vector<Away> LoadAway(Session& session);

}  // namespace gateway::ledger
