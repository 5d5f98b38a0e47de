// What persons do in other processes stands in the ledger: each act is logged, and the destinations that a `retry`
// concerns are tried at once, whatever their back-off. What waits for a destination that the configuration does not
// have is an alarm.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "gateway/time.h"
#include "ledger/destinations.h"
#include "ledger/operator_acts.h"

namespace gateway::daemon {

// One thread. `try_now` is called in it, with a PACS or a mailbox; an empty name means all of them.
class OperatorWatch {
 public:
  // `known`: of the configuration that the daemon runs with.
  OperatorWatch(ledger::Database& database, ledger::KnownDestinations known,
                std::function<void(const ledger::DestinationName&)> try_now)
      : acts_(database), destinations_(database), known_(std::move(known)), try_now_(std::move(try_now)) {}

  // A worker's step.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Wake();
  void Tell();
  // At the start, and when something new is stranded: a person may have released it by a newer configuration.
  void LookForStranded();

  ledger::OperatorActs acts_;
  ledger::Destinations destinations_;
  const ledger::KnownDestinations known_;
  const std::function<void(const ledger::DestinationName&)> try_now_;
  // How often each was woken, as far as it was noticed.
  std::map<std::pair<ledger::DestinationKind, std::string>, std::int64_t> seen_;
  bool started_ = false;
  std::int64_t told_ = 0;  // the last act that stands in the log
  int steps_ = 0;
  std::set<std::pair<ledger::DestinationKind, std::string>> stranded_;  // told already
};

}  // namespace gateway::daemon
