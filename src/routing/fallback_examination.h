// Looks for fallbacks that do not help.
#pragma once

#include <vector>

#include "gateway/settings/routes.h"
#include "routing/examination.h"

namespace gateway::routing {

// Finds partners that are the fallback of one another, also by way of others, and fallbacks to
// partners to which everything goes anyway.
void ExamineFallbacks(const std::vector<OutboundRuleSettings>& rules, std::vector<Finding>& findings);

}  // namespace gateway::routing
