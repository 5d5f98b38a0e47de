// Finds the rules that could match an instance without looking at each one. Most rules of a large
// table name a called AE title, a partner or the like. Those rules are found by that text. The
// others are candidates for every instance. Immutable, so any thread may use it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "routing/rule_table.h"

namespace gateway::routing {

class RuleIndex {
 public:
  // `nodes` are the conditions of the rules, in their order.
  RuleIndex(const RuleTable& table, const std::vector<const Node*>& nodes);

  // Returns the numbers of the rules that could match, in their order.
  [[nodiscard]] std::vector<std::size_t> CandidatesFor(Decision& decision) const;

 private:
  using Rules = std::vector<std::size_t>;
  struct BySubject {
    std::size_t subject = 0;
    std::unordered_map<std::string, Rules> rules;
  };

  BySubject& Of(std::size_t subject);

  std::vector<BySubject> subjects_;
  Rules others_;
};

}  // namespace gateway::routing
