// `routes test`: tries a site's own examples with the routing tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings.h"
#include "gateway/settings/route_tests.h"
#include "gateway/time.h"
#include "routing/trace.h"

namespace gateway::operations {

struct RouteVerdict {
  std::string name;
  std::vector<std::string> differences;   // from what is expected; empty: passed
  std::vector<routing::RuleTrace> rules;  // why
};

// Returns a verdict for each test. Errors: those of routing::Router::Create(), and permanent
// "file-error" if there can be no temporary directory. A file that cannot be read is a difference.
Result<std::vector<RouteVerdict>> RunRouteTests(const Settings& settings, const std::vector<RouteTest>& tests,
                                                Time now);

}  // namespace gateway::operations
