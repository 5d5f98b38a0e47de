#include "daemon/row_sweeper.h"

#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

constexpr Milliseconds kBetweenWalks{10 * 60'000};
constexpr Milliseconds kAfterFailure{60'000};
constexpr Milliseconds kBetweenSteps{20};

}  // namespace

Milliseconds RowSweeper::Step(const std::stop_token&) {
  if (settings_.rows.count() == 0 || !AgeIsCertain(clock_, settings_.rows)) return kBetweenWalks;
  const Result<ledger::RowRetention::Step> step = rows_.ForgetSome(clock_.Now() - settings_.rows);
  if (!step) {
    events::LedgerFailed("forget-rows", step.error());
    return kAfterFailure;
  }
  forgotten_ += step->forgotten;
  if (!step->walk_over) return kBetweenSteps;
  if (forgotten_ > 0) events::RowsForgotten(forgotten_);
  forgotten_ = 0;
  return kBetweenWalks;
}

}  // namespace gateway::daemon
