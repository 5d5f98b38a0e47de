#include "upkeep/operator_watch.h"

#include "base/events.h"

namespace gateway::upkeep {
namespace {

constexpr Milliseconds kBetween{1000};

}  // namespace

Milliseconds OperatorWatch::Step(const std::stop_token&) {
  const Result<std::vector<ledger::Woken>> woken = acts_.WokenDestinations();
  if (!woken) {
    events::LedgerFailed("woken-destinations", woken.error());
    return kBetween;
  }
  for (const auto& [destination, times] : *woken) {
    std::int64_t& seen = seen_[{destination.kind, destination.name}];
    // What was asked before the start needs no answer: nothing is kept away from yet.
    if (started_ && times != seen) try_now_(destination);
    seen = times;
  }
  started_ = true;
  return kBetween;
}

}  // namespace gateway::upkeep
