// Reads `fallback` of an outbound rule.
#include <algorithm>

#include "config/rule_readers.h"

namespace gateway::config {

void ReadPartnerFallback(Section& section, OutboundRuleSettings& rule) {
  if (!section.Has("fallback")) return;
  Section fallback = section.Sub("fallback", "routes.outbound.fallback");
  fallback.Require("to");
  ReadTargets(fallback, "to", "partner", rule.fallback.to);
  fallback.Read("after", rule.fallback.after, Duration(std::chrono::seconds(1), std::chrono::hours(24 * 30)));
  for (const std::string& partner : rule.fallback.to) {
    if (std::ranges::find(rule.send_to, partner) == rule.send_to.end()) continue;
    fallback.Mistake("to", "the rule sends to '" + partner + "' anyway; a fallback is another partner");
  }
}

}  // namespace gateway::config
