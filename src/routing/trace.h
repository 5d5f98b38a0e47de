// Tells why a rule matched, or why it did not.
#pragma once

#include <string>
#include <vector>

#include "routing/truth.h"

namespace gateway::routing {

struct CriterionTrace {
  std::string subject;  // "called_ae", "StudyDate"
  std::string test;     // "within 7d"
  std::string within;   // the words under which it stands: "any_of", "not"; empty: the rule itself
  Truth truth = Truth::unknown;
  // This is what was compared. It may hold patient data.
  std::vector<std::string> values;
  std::string state;  // "absent", "empty", "unreadable" or "not known" if there are no values
};

struct RuleTrace {
  std::string rule;
  Truth truth = Truth::unknown;
  bool tried = true;  // false: a final rule before it matched
  bool skips = false;
  std::vector<CriterionTrace> criteria;
};

}  // namespace gateway::routing
