// What persons do in other processes stands in the ledger: each act is logged, and the destinations that a `retry`
// concerns are tried at once, whatever their back-off.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <utility>

#include "gateway/time.h"
#include "ledger/operator_acts.h"

namespace gateway::upkeep {

// One thread. `try_now` is called in it, with a PACS or a mailbox; an empty name means all of them.
class OperatorWatch {
 public:
  OperatorWatch(ledger::Database& database, std::function<void(const ledger::DestinationName&)> try_now)
      : acts_(database), try_now_(std::move(try_now)) {}

  // A worker's step.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Wake();
  void Tell();

  ledger::OperatorActs acts_;
  const std::function<void(const ledger::DestinationName&)> try_now_;
  // How often each was woken, as far as it was noticed.
  std::map<std::pair<ledger::DestinationKind, std::string>, std::int64_t> seen_;
  bool started_ = false;
  std::int64_t told_ = 0;  // the last act that stands in the log
};

}  // namespace gateway::upkeep
