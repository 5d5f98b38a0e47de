#include "routing/condition.h"

#include <algorithm>
#include <utility>

#include "routing/text_values.h"

namespace gateway::routing {

Result<CompiledCriterion> CompiledCriterion::Compile(const Criterion& criterion) {
  CompiledCriterion compiled(criterion.attribute);
  for (const std::string& text : criterion.patterns) {
    // Names that mean the same are equal, however the rule writes them. Expressions stay as they
    // are.
    const bool is_name = criterion.attribute->kind == ValueKind::person_name && !text.starts_with('~');
    auto pattern = Pattern::Create(is_name ? PlainName(text) : text);
    if (!pattern) {
      std::string detail(criterion.attribute->key);
      detail.append(" \"").append(text).append("\": ").append(pattern.error().detail);
      return ErrorNamed(Fault::config, pattern.error().code, std::move(detail));
    }
    compiled.patterns_.push_back(std::move(pattern).value());
  }
  return compiled;
}

bool CompiledCriterion::MatchesOne(std::string_view value) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const Pattern& pattern) { return pattern.Matches(value); });
}

bool CompiledCriterion::Matches(std::string_view value) const {
  if (patterns_.empty()) return true;
  std::vector<std::string> values;
  switch (attribute_->kind) {
    case ValueKind::text:
      values = ValuesOf(value);
      break;
    case ValueKind::person_name:
      values = NamesOf(value);
      break;
    default:
      return MatchesOne(value);
  }
  return std::any_of(values.begin(), values.end(), [this](const std::string& one) { return MatchesOne(one); });
}

Result<CompiledCondition> CompiledCondition::Compile(const Condition& condition) {
  CompiledCondition compiled;
  for (const Criterion& criterion : condition) {
    GATEWAY_ASSIGN(CompiledCriterion one, CompiledCriterion::Compile(criterion));
    compiled.criteria_.push_back(std::move(one));
  }
  // The order of kRuleAttributes puts fast comparisons first.
  std::stable_sort(compiled.criteria_.begin(), compiled.criteria_.end(),
                   [](const auto& a, const auto& b) { return &a.attribute() < &b.attribute(); });
  return compiled;
}

bool CompiledCondition::Matches(const RuleFacts& facts) const {
  return std::all_of(criteria_.begin(), criteria_.end(), [&](const CompiledCriterion& criterion) {
    return criterion.Matches(ValueOf(criterion.attribute(), facts));
  });
}

bool CompiledCondition::AsksForInstance() const {
  return std::any_of(criteria_.begin(), criteria_.end(), [](const CompiledCriterion& criterion) {
    return criterion.attribute().of_instance != nullptr && !criterion.empty();
  });
}

bool CompiledCondition::MatchesCalledAe(std::string_view called_ae) const {
  return std::all_of(criteria_.begin(), criteria_.end(), [&](const CompiledCriterion& criterion) {
    return criterion.attribute().of_way != &RuleFacts::called_ae || criterion.Matches(called_ae);
  });
}

}  // namespace gateway::routing
