// Limits the disk space of mails that nobody vouched for while they wait in quarantine. It tells of
// strangers' mails once an hour and not one by one.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings/reception.h"
#include "inbound/junk_reasons.h"
#include "ledger/care/junk.h"
#include "spool/spool.h"

namespace gateway::daemon {

// One thread uses it. References must outlive it.
class JunkSweeper {
 public:
  JunkSweeper(const ReceptionSettings& settings, ledger::Database& database, const spool::Spool& spool,
              const Clock& clock)
      : settings_(settings),
        junk_(database, {inbound::kOurFailures, inbound::kUnvouched}),
        spool_(spool),
        clock_(clock),
        told_(clock.Now()) {}

  // The step of a worker.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Tell(Time now);
  // Returns how many mails were dropped.
  std::size_t Bound(const std::string& partner, Time now);

  const ReceptionSettings settings_;
  ledger::Junk junk_;
  const spool::Spool& spool_;
  const Clock& clock_;
  Time told_;  // earlier mails in quarantine were told
  std::optional<Time> last_alarm_;
};

}  // namespace gateway::daemon
