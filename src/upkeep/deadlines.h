// What is waited for too long becomes an alarm: receipts of what we sent, the rest of sets and of fragmented mails.
// Nothing is given up by it: a late receipt, part or fragment is taken as if nothing had been.
#pragma once

#include <stop_token>

#include "base/clock.h"
#include "gateway/settings.h"
#include "ledger/inbound_ledger.h"
#include "ledger/outbound_ledger.h"

namespace gateway::upkeep {

// References must outlive it; one thread.
class Deadlines {
 public:
  Deadlines(const Settings& settings, ledger::OutboundLedger& outbound, ledger::InboundLedger& inbound,
            const Clock& clock)
      : receipts_(settings.receipts),
        reception_(settings.reception),
        outbound_(outbound),
        inbound_(inbound),
        clock_(clock) {}

  // A worker's step.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // Each: how many alarms it gave.
  Result<std::size_t> CheckReceipts(Time now);
  Result<std::size_t> CheckSets(Time now);
  Result<std::size_t> CheckFragments(Time now);

  const ReceiptSettings receipts_;
  const ReceptionSettings reception_;
  ledger::OutboundLedger& outbound_;
  ledger::InboundLedger& inbound_;
  const Clock& clock_;
};

}  // namespace gateway::upkeep
