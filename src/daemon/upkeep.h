// Keeps the state directory in order, beside the two pipelines. A start clears away files that a
// crash left behind. Files of finished items are removed after their retention time. Files of other
// items are never touched.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/result.h"
#include "gateway/settings/reception.h"
#include "gateway/settings/retention.h"
#include "ledger/file_retention.h"
#include "ledger/known_files.h"
#include "spool/spool.h"

namespace gateway::daemon {

// Puts every file in the spool aside that the ledger does not know (Spool::PutAside). Call it only
// while no pipeline runs, because a file is in the spool before it is in the ledger. Nobody was
// told that such a file is safe with us.
Result<void> RemoveOrphans(const spool::Spool& spool, ledger::KnownFiles& files);

// One thread uses it. References must outlive it.
class Retention {
 public:
  Retention(const RetentionSettings& settings, const spool::Spool& spool, ledger::Database& database,
            const Clock& clock, const ReceptionSettings& reception = {})
      : settings_(settings),
        automatic_answers_(reception.automatic_answers),
        spool_(spool),
        files_(database),
        clock_(clock) {}

  // The step of a worker.
  Milliseconds Step(const std::stop_token& stop);

 private:
  std::size_t Remove(spool::Kind kind, const std::vector<std::string>& keys) const;

  const RetentionSettings settings_;
  const Milliseconds automatic_answers_;
  const spool::Spool& spool_;
  ledger::FileRetention files_;
  const Clock& clock_;
};

}  // namespace gateway::daemon
