// Raises an alarm when something is awaited for too long: receipts for what we sent, results of
// services, and the rest of sets and of fragmented mails. Nothing is given up. A late receipt,
// result, part or fragment is taken as if it had been in time.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "gateway/settings/receipts.h"
#include "gateway/settings/reception.h"
#include "gateway/settings/retry.h"
#include "ledger/clock_set_back.h"
#include "ledger/fragments.h"
#include "ledger/received_sets.h"
#include "ledger/reports.h"
#include "ledger/service_requests.h"
#include "ledger/signatures.h"

namespace gateway::daemon {

// One thread uses it. References must outlive it.
class Deadlines {
 public:
  Deadlines(const ReceiptSettings& receipts, const ReceptionSettings& reception, const RetrySettings& retry,
            ledger::Database& database, const Clock& clock)
      : receipts_(receipts),
        reception_(reception),
        reports_(database),
        sets_(database),
        requests_(database),
        fragments_(database),
        signatures_(database),
        times_(database),
        clock_(clock),
        longest_wait_(2 * retry.max + kClockJump) {}

  // The step of a worker.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // Corrects times that lie too far ahead to now. It does so after a jump of the clock, and at the
  // start, when nobody knows whether there was a jump.
  Result<void> CheckClock(Time now);
  // Each of these returns how many alarms it raised.
  Result<std::size_t> CheckReceipts(Time now);
  Result<std::size_t> CheckSets(Time now);
  Result<std::size_t> CheckRequests(Time now);
  Result<std::size_t> CheckFragments(Time now);
  Result<std::size_t> BoundFragments(Time now);
  // Raises no alarm. The ledger need not know signatures that are too old to be believed.
  Result<std::size_t> ForgetSignatures(Time now);

  const ReceiptSettings receipts_;
  const ReceptionSettings reception_;
  ledger::Reports reports_;
  ledger::ReceivedSets sets_;
  ledger::ServiceRequests requests_;
  ledger::Fragments fragments_;
  ledger::Signatures signatures_;
  ledger::ClockSetBack times_;
  const Clock& clock_;
  const Milliseconds longest_wait_;  // the longest time that any item waits for its next try
  // Both clocks at the last look.
  std::optional<std::pair<Time, std::chrono::steady_clock::time_point>> looked_;
};

}  // namespace gateway::daemon
