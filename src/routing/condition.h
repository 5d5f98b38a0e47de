// This is a `when:` in compiled form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.h"
#include "gateway/result.h"
#include "gateway/rule_attributes.h"
#include "gateway/settings/routes.h"

namespace gateway::routing {

// The patterns of one attribute. An empty list matches anything. Otherwise one pattern must match.
class CompiledCriterion {
 public:
  // Error: config "bad-pattern", with the key and the pattern in the detail.
  static Result<CompiledCriterion> Compile(const Criterion& criterion);

  // `value` is the attribute's.
  [[nodiscard]] bool Matches(std::string_view value) const;
  [[nodiscard]] const RuleAttribute& attribute() const { return *attribute_; }
  [[nodiscard]] bool empty() const { return patterns_.empty(); }

 private:
  explicit CompiledCriterion(const RuleAttribute* attribute) : attribute_(attribute) {}
  [[nodiscard]] bool MatchesOne(std::string_view value) const;

  const RuleAttribute* attribute_;
  std::vector<Pattern> patterns_;
};

class CompiledCondition {
 public:
  static Result<CompiledCondition> Compile(const Condition& condition);
  [[nodiscard]] bool Matches(const RuleFacts& facts) const;
  // Says whether a criterion looks at an attribute of the instance. Without an instance such an
  // attribute is unknown, and a pattern could match the empty text that stands for it.
  [[nodiscard]] bool AsksForInstance() const;
  [[nodiscard]] bool MatchesCalledAe(std::string_view called_ae) const;

 private:
  std::vector<CompiledCriterion> criteria_;  // in the order of kRuleAttributes
};

}  // namespace gateway::routing
