#include "daemon/operator_watch.h"

#include "base/time_text.h"
#include "telemetry/events.h"

namespace gateway::daemon {
namespace {

constexpr Milliseconds kBetween{1000};
constexpr std::size_t kAtOnce = 500;
constexpr int kStepsBetweenLooks = 300;

void Log(const ledger::UnloggedAct& act) {
  // Its shipment may be forgotten by now.
  if (act.what == "send" && !act.partner.empty()) events::ShipmentQueued(act.item, act.partner, act.files);
  events::OperatorActed(act.what, act.item, FormatTime(act.at), act.actor);
}

}  // namespace

Milliseconds OperatorWatch::Step(const std::stop_token&) {
  Wake();
  Tell();
  if (steps_++ % kStepsBetweenLooks == 0) LookForStranded();
  return kBetween;
}

void OperatorWatch::LookForStranded() {
  const Result<std::vector<ledger::Stranded>> found = destinations_.FindStranded(known_);
  if (!found) return events::LedgerFailed("find-stranded", found.error());
  std::set<std::pair<ledger::DestinationKind, std::string>> stranded;
  for (const auto& [destination, items] : *found) {
    stranded.insert({destination.kind, destination.name});
    if (stranded_.contains({destination.kind, destination.name})) continue;
    events::DestinationUnknown(NameOf(destination.kind), destination.name, items);
  }
  stranded_ = std::move(stranded);
}

void OperatorWatch::Wake() {
  const Result<std::vector<ledger::Woken>> woken = requests_.WokenDestinations();
  if (!woken) return events::LedgerFailed("woken-destinations", woken.error());
  for (const auto& [destination, times] : *woken) {
    std::int64_t& seen = seen_[{destination.kind, destination.name}];
    // Requests from before the start need no answer, because the daemon leaves nothing alone yet.
    if (started_ && times != seen) {
      // The next try finds out which destinations are still away.
      if (const Result<void> forgotten = away_.Forget(destination); !forgotten) {
        events::LedgerFailed("forget-away", forgotten.error());
      }
      try_now_(destination);
    }
    seen = times;
  }
  started_ = true;
}

// Writes the log first, and then the ledger. After a crash between the two, the act is logged once
// more.
void OperatorWatch::Tell() {
  const Result<std::vector<ledger::UnloggedAct>> acts = requests_.Unlogged(kAtOnce);
  if (!acts) return events::LedgerFailed("unlogged-acts", acts.error());
  if (acts->empty()) return;
  std::vector<std::int64_t> ids;
  for (const ledger::UnloggedAct& act : *acts) {
    if (!told_.contains(act.id)) Log(act);
    ids.push_back(act.id);
  }
  FlushLog();
  told_ = {ids.begin(), ids.end()};
  if (const Result<void> forgotten = requests_.ForgetActs(ids); !forgotten) {
    events::LedgerFailed("forget-acts", forgotten.error());
  }
}

}  // namespace gateway::daemon
