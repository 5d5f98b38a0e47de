// Sends a study to the fallback of its rule as well, if the partner that was to get it does not
// take it: its shipment fails for good, or nothing good is known of it in time.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/settings/partner.h"
#include "gateway/settings/routes.h"
#include "ledger/fallbacks.h"
#include "outbound/outbound_context.h"
#include "outbound/windows.h"

namespace gateway::outbound {

// One thread uses it. All references must outlive it.
class FallbackWatcher {
 public:
  // `changed` is called when there are new messages to seal.
  FallbackWatcher(const OutboundContext& context, std::function<void()> changed);

  // Returns whether any rule names a fallback. Otherwise nobody need call Step().
  [[nodiscard]] bool HasWork() const { return !rules_.empty(); }
  // The step of a worker: it looks at all shipments that may fall back.
  Milliseconds Step(const std::stop_token& stop);

 private:
  [[nodiscard]] bool IsDue(const ledger::FallbackCandidate& candidate, const OutboundRuleSettings& rule,
                           Time now) const;
  void FallBack(const ledger::FallbackCandidate& candidate, const FallbackSettings& fallback);
  Result<std::vector<ledger::FallbackShipment>> Pack(const ledger::FallbackCandidate& candidate,
                                                     const FallbackSettings& fallback, Time now);

  std::map<std::string, const OutboundRuleSettings*> rules_;  // those with a fallback
  std::map<std::string, const PartnerSettings*> partners_;
  Milliseconds shortest_{0};  // of the rules
  const Windows windows_;
  ledger::Fallbacks ledger_;
  const Clock& clock_;
  const std::function<void()> changed_;
};

}  // namespace gateway::outbound
