#include "upkeep/operator_watch.h"

#include "base/events.h"
#include "base/time_text.h"

namespace gateway::upkeep {
namespace {

constexpr Milliseconds kBetween{1000};
constexpr std::size_t kAtOnce = 500;

void Log(const ledger::UnloggedAct& act) {
  // Its shipment may be forgotten by now.
  if (act.what == "send" && !act.partner.empty()) events::ShipmentQueued(act.item, act.partner, act.files);
  events::OperatorActed(act.what, act.item, FormatTime(act.at));
}

}  // namespace

Milliseconds OperatorWatch::Step(const std::stop_token&) {
  Wake();
  Tell();
  return kBetween;
}

void OperatorWatch::Wake() {
  const Result<std::vector<ledger::Woken>> woken = acts_.WokenDestinations();
  if (!woken) return events::LedgerFailed("woken-destinations", woken.error());
  for (const auto& [destination, times] : *woken) {
    std::int64_t& seen = seen_[{destination.kind, destination.name}];
    // What was asked before the start needs no answer: nothing is kept away from yet.
    if (started_ && times != seen) try_now_(destination);
    seen = times;
  }
  started_ = true;
}

// First the log, then the ledger: after a crash in between it is told once more.
void OperatorWatch::Tell() {
  const Result<std::vector<ledger::UnloggedAct>> acts = acts_.Unlogged(kAtOnce);
  if (!acts) return events::LedgerFailed("unlogged-acts", acts.error());
  if (acts->empty()) return;
  for (const ledger::UnloggedAct& act : *acts) {
    if (act.id > told_) Log(act);
  }
  FlushLog();
  told_ = acts->back().id;
  if (const Result<void> forgotten = acts_.ForgetActs(told_); !forgotten) {
    events::LedgerFailed("forget-acts", forgotten.error());
  }
}

}  // namespace gateway::upkeep
