// Reads from the ledger what persons do in other processes. It logs each act, and has the
// destinations that a `retry` concerns tried at once, whatever their back-off is. It raises an
// alarm if something waits for a destination that the configuration does not have.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "gateway/time.h"
#include "ledger/away_destinations.h"
#include "ledger/destinations.h"
#include "ledger/operator_requests.h"

namespace gateway::daemon {

// One thread uses it. It calls `try_now` in that thread with a PACS or a mailbox. An empty name
// means all of them.
class OperatorWatch {
 public:
  // `known` are the destinations of the configuration with which the daemon runs.
  OperatorWatch(ledger::Database& database, ledger::KnownDestinations known,
                std::function<void(const ledger::DestinationName&)> try_now)
      : requests_(database),
        destinations_(database),
        away_(database),
        known_(std::move(known)),
        try_now_(std::move(try_now)) {}

  // The step of a worker.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Wake();
  void Tell();
  // Looks at the start, and again later, because a person with a newer configuration may release an
  // item for a new destination.
  void LookForStranded();

  ledger::OperatorRequests requests_;
  ledger::Destinations destinations_;
  ledger::AwayDestinations away_;
  const ledger::KnownDestinations known_;
  const std::function<void(const ledger::DestinationName&)> try_now_;
  // Counts how often each was woken, as far as this object has noticed.
  std::map<std::pair<ledger::DestinationKind, std::string>, std::int64_t> seen_;
  bool started_ = false;
  std::set<std::int64_t> told_;  // acts that are in the log, and perhaps still in the ledger
  int steps_ = 0;
  std::set<std::pair<ledger::DestinationKind, std::string>> stranded_;  // these were told already
};

}  // namespace gateway::daemon
