#include "outbound/fallback_watcher.h"

#include <algorithm>
#include <utility>

#include "gateway/item_id.h"
#include "outbound/intake.h"
#include "outbound/packer.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::outbound {
namespace {

using ledger::ShipmentState;

constexpr Milliseconds kIdle{1000};

bool HasFailed(ShipmentState state) {
  return ledger::IsOneOf(state, ShipmentState::failed, ShipmentState::refused, ShipmentState::bounced);
}

std::size_t CountInstances(const std::vector<std::vector<std::int64_t>>& messages) {
  std::size_t count = 0;
  for (const auto& message : messages) count += message.size();
  return count;
}

}  // namespace

FallbackWatcher::FallbackWatcher(const OutboundContext& context, std::function<void()> changed)
    : windows_(context.settings.routes),
      ledger_(context.around.database),
      clock_(context.around.clock),
      changed_(std::move(changed)) {
  for (const OutboundRuleSettings& rule : context.settings.routes.outbound) {
    if (rule.fallback.to.empty()) continue;
    shortest_ = rules_.empty() ? rule.fallback.after : std::min(shortest_, rule.fallback.after);
    rules_[rule.name] = &rule;
  }
  for (const PartnerSettings& partner : context.settings.partners) partners_[partner.name] = &partner;
}

Milliseconds FallbackWatcher::Step(const std::stop_token& stop) {
  const Time now = clock_.Now();
  const Result<std::vector<ledger::FallbackCandidate>> candidates = ledger_.Candidates(now - shortest_);
  if (!candidates) {
    events::LedgerFailed("fallback-candidates", candidates.error());
    return kIdle;
  }
  for (const ledger::FallbackCandidate& candidate : *candidates) {
    if (stop.stop_requested()) break;
    const auto rule = rules_.find(candidate.rule);
    if (rule != rules_.end() && IsDue(candidate, *rule->second, now)) FallBack(candidate, rule->second->fallback);
  }
  return kIdle;
}

// A receipt may have come while the gateway was down, and is read soon after the start. So the time
// counts from the start at the earliest.
bool FallbackWatcher::IsDue(const ledger::FallbackCandidate& candidate, const OutboundRuleSettings& rule,
                            Time now) const {
  if (HasFailed(candidate.state)) return true;
  const Milliseconds after = rule.fallback.after;
  const std::optional<Opening> opening = windows_.OpeningOf(candidate.rule, candidate.priority, now);
  const Time since = opening ? std::max(candidate.since, opening->from) : candidate.since;
  return now - since >= after && AgeIsCertain(clock_, after);
}

void FallbackWatcher::FallBack(const ledger::FallbackCandidate& candidate, const FallbackSettings& fallback) {
  const Time now = clock_.Now();
  const Result<std::vector<ledger::FallbackShipment>> to = Pack(candidate, fallback, now);
  if (!to) return events::LedgerFailed("pack-fallback", to.error());
  const auto made = ledger_.Record(candidate, *to, now);
  if (!made) return events::LedgerFailed("record-fallback", made.error());
  if (!made->has_value()) return;  // something changed, so the next step looks again
  DurablePoint("closer.closed");
  const std::string why(HasFailed(candidate.state) ? NameOf(candidate.state) : "no-answer");
  for (std::size_t i = 0; i < to->size(); ++i) {
    const std::int64_t shipment = (*made)->at(i);
    events::ShipmentFellBack(Format(ItemKind::shipment, candidate.shipment), candidate.partner,
                             shipment == 0 ? "" : Format(ItemKind::shipment, shipment), to->at(i).partner, why,
                             CountInstances(to->at(i).messages));
  }
  changed_();
}

Result<std::vector<ledger::FallbackShipment>> FallbackWatcher::Pack(const ledger::FallbackCandidate& candidate,
                                                                    const FallbackSettings& fallback, Time now) {
  std::vector<ledger::FallbackShipment> to;
  for (const std::string& name : fallback.to) {
    const PartnerSettings& partner = *partners_.at(name);  // the configuration was checked
    GATEWAY_ASSIGN(const std::vector<ledger::OpenShipment::Item> items, ledger_.ItemsFor(candidate.shipment, name));
    to.push_back({name, partner.mailbox, NewSetId(now), PackMessages(items, partner.profile)});
  }
  return to;
}

}  // namespace gateway::outbound
