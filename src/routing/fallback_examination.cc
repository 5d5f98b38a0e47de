#include "routing/fallback_examination.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "routing/implication.h"

namespace gateway::routing {
namespace {

// Who falls back to whom, by which rule first.
using Fallbacks = std::map<std::string, std::map<std::string, const OutboundRuleSettings*>>;

Fallbacks FallbacksOf(const std::vector<OutboundRuleSettings>& rules) {
  Fallbacks fallbacks;
  for (const OutboundRuleSettings& rule : rules) {
    for (const std::string& from : rule.send_to) {
      for (const std::string& to : rule.fallback.to) fallbacks[from].try_emplace(to, &rule);
    }
  }
  return fallbacks;
}

// Goes along the fallbacks, depth first, and finds each circle where it closes.
class CircleSearch {
 public:
  CircleSearch(const Fallbacks& fallbacks, std::vector<Finding>& findings)
      : fallbacks_(fallbacks), findings_(findings) {}

  void From(const std::string& partner) {
    if (!seen_.insert(partner).second) return;
    path_.push_back(partner);
    if (const auto found = fallbacks_.find(partner); found != fallbacks_.end()) {
      for (const auto& [to, rule] : found->second) {
        const auto begin = std::find(path_.begin(), path_.end(), to);
        if (begin != path_.end()) {
          Report(begin, to, *rule);
        } else {
          From(to);
        }
      }
    }
    path_.pop_back();
  }

 private:
  void Report(std::vector<std::string>::const_iterator begin, const std::string& to, const OutboundRuleSettings& rule) {
    std::string circle;
    for (auto partner = begin; partner != path_.end(); ++partner) circle += *partner + ", ";
    findings_.push_back({"route " + rule.name, "rule " + rule.name + ": the fallbacks go round in a circle: " + circle +
                                                   to + ". If all of them are away, nobody is left"});
  }

  const Fallbacks& fallbacks_;
  std::vector<Finding>& findings_;
  std::set<std::string> seen_;
  std::vector<std::string> path_;
};

}  // namespace

void ExamineFallbacks(const std::vector<OutboundRuleSettings>& rules, std::vector<Finding>& findings) {
  const Fallbacks fallbacks = FallbacksOf(rules);
  CircleSearch search(fallbacks, findings);
  for (const auto& [partner, to] : fallbacks) search.From(partner);
  for (const OutboundRuleSettings& rule : rules) {
    for (const std::string& to : rule.fallback.to) {
      // A later rule might not be tried.
      const auto other = std::find_if(rules.begin(), rules.end(), [&](const OutboundRuleSettings& one) {
        return &one == &rule || (std::find(one.send_to.begin(), one.send_to.end(), to) != one.send_to.end() &&
                                 Implies(rule.when, one.when));
      });
      if (&*other == &rule) continue;
      findings.push_back({"route " + rule.name, "rule " + rule.name + ": its fallback to " + to +
                                                    " changes nothing: rule " + other->name +
                                                    " sends everything to it that this rule matches"});
    }
  }
}

}  // namespace gateway::routing
