// Bounds what mails that nobody vouched for take of our disk while they wait in quarantine, and tells of strangers'
// mails once an hour instead of one by one.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings/reception.h"
#include "ledger/care/junk.h"
#include "spool/spool.h"

namespace gateway::daemon {

// References must outlive it; one thread.
class JunkSweeper {
 public:
  JunkSweeper(const ReceptionSettings& settings, ledger::Database& database, const spool::Spool& spool,
              const Clock& clock)
      : settings_(settings), junk_(database), spool_(spool), clock_(clock), told_(clock.Now()) {}

  // A worker's step.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Tell(Time now);
  // How many mails went.
  std::size_t Bound(const std::string& partner, Time now);

  const ReceptionSettings settings_;
  ledger::Junk junk_;
  const spool::Spool& spool_;
  const Clock& clock_;
  Time told_;  // what went to quarantine before was told
  std::optional<Time> last_alarm_;
};

}  // namespace gateway::daemon
