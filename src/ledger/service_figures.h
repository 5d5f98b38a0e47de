// Counts what was asked of services and what came back, for operators. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// The figures of one service, of all requests that the ledger still has.
struct ServiceFigures {
  std::string service;
  std::int64_t requests = 0;
  std::int64_t open = 0;      // no result came, and the shipment did not fail
  std::int64_t late = 0;      // of these, the result is late
  std::int64_t failed = 0;    // no result came, and the shipment failed or was cancelled
  std::int64_t answered = 0;  // a result came
  std::int64_t results = 0;   // instances that came as results
  // From the end of the study (the shipment was closed) to the first result: the median of the
  // latest 1000 answered requests.
  std::optional<Milliseconds> median_turnaround = {};
  std::optional<Time> last_result = {};
};

class ServiceLedger {
 public:
  explicit ServiceLedger(Database& database) : database_(database) {}

  // Returns every service that has requests, by name.
  Result<std::vector<ServiceFigures>> Figures();

 private:
  Database& database_;
};

}  // namespace gateway::ledger
