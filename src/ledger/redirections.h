// A person sends what waits for one destination to another one of its kind. The calls work without
// a running daemon, and beside one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Items that wait for one destination go to another one of its kind.
struct Redirection {
  DestinationName from;
  std::string to;
  bool renamed = false;  // `from` is not in the configuration, so a person's hold of it moves too
  std::string mailbox;   // for a partner `to`: the mailbox of ours that talks to it
  // If `to` is a partner, receipts for mails from these addresses move too.
  std::vector<std::string> addresses;
  bool daemon_runs = false;  // so a claimed delivery is in a worker's hand
};

class Redirections {
 public:
  explicit Redirections(Database& database) : database_(database) {}

  // Moves items to another destination in one transaction: deliveries to a PACS; messages, open
  // shipments and receipts for a partner or of a mailbox. The mails of a renamed mailbox move too,
  // if they were not opened yet, are fragments, or are in quarantine. For a partner, only receipts
  // for mails from Redirection::addresses move. Failed items move as well. Messages are sealed
  // anew. If the other PACS has the instance already, or is to get it, the two deliveries become
  // one.
  Result<Acted> Redirect(const Redirection& redirection, Time now);
  // Afterwards, the mails that a renamed mailbox has received belong to its new name, and so do the
  // receipts that were sent to a renamed partner. A person's act may make a receipt due once more,
  // and it then leaves under the new name. The call makes many short transactions. It may be
  // repeated. The mails keep their identities, but none counts as being on the server: nobody knows
  // whether the new name stands for the same account. FetchedMails::Add() finds that out from the
  // bytes of each mail that the server still has.
  Result<void> CarryPast(const Redirection& redirection);
  // Afterwards, what a renamed PACS was given under its old name counts as given under the new one.
  // The call makes many short transactions, because it may concern hundreds of thousands of
  // instances. It may be repeated. `is_only_act` says that Redirect() has found nothing to move and
  // logged no act. Returns the number of instances.
  Result<std::size_t> CarryGiven(const Redirection& redirection, bool is_only_act, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
