// What is waited for too long becomes an alarm: receipts of what we sent, the rest of sets and of fragmented mails.
// Nothing is given up by it: a late receipt, part or fragment is taken as if nothing had been.
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
#include "ledger/signatures.h"

namespace gateway::daemon {

// References must outlive it; one thread.
class Deadlines {
 public:
  Deadlines(const ReceiptSettings& receipts, const ReceptionSettings& reception, const RetrySettings& retry,
            ledger::Database& database, const Clock& clock)
      : receipts_(receipts),
        reception_(reception),
        reports_(database),
        sets_(database),
        fragments_(database),
        signatures_(database),
        times_(database),
        clock_(clock),
        longest_wait_(2 * retry.max + kClockJump) {}

  // A worker's step.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // After a jump of the clock, and at start, when nobody knows whether there was one: what lies too far ahead is now.
  Result<void> CheckClock(Time now);
  // Each: how many alarms it gave.
  Result<std::size_t> CheckReceipts(Time now);
  Result<std::size_t> CheckSets(Time now);
  Result<std::size_t> CheckFragments(Time now);
  Result<std::size_t> BoundFragments(Time now);
  // No alarm: signatures that are too old to be believed need not be known any more.
  Result<std::size_t> ForgetSignatures(Time now);

  const ReceiptSettings receipts_;
  const ReceptionSettings reception_;
  ledger::Reports reports_;
  ledger::ReceivedSets sets_;
  ledger::Fragments fragments_;
  ledger::Signatures signatures_;
  ledger::ClockSetBack times_;
  const Clock& clock_;
  const Milliseconds longest_wait_;                                               // of any item for its next try
  std::optional<std::pair<Time, std::chrono::steady_clock::time_point>> looked_;  // at both clocks
};

}  // namespace gateway::daemon
