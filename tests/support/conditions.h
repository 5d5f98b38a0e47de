// Makes conditions of rules, as the configuration would.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "attributes/attribute_path.h"
#include "gateway/settings/conditions.h"

namespace gateway {

using Patterns = std::vector<std::string>;

// `key` is one of ours, or the path of an attribute of DICOM.
inline Criterion CriterionFor(std::string_view key, Test test) {
  if (const RuleAttribute* const attribute = FindRuleAttribute(key)) return {attribute, {}, std::move(test)};
  auto path = attributes::ParsePath(key);
  if (!path) throw std::invalid_argument(path.error().detail);
  return {nullptr, std::move(path).value(), std::move(test)};
}

// Asks for this and for nothing else of the key.
inline void Ask(Condition& when, std::string_view key, Test test) {
  Criterion criterion = CriterionFor(key, std::move(test));
  std::erase_if(when.parts, [&](const Condition& part) {
    return part.criterion.attribute == criterion.attribute && part.criterion.path == criterion.path;
  });
  when.parts.push_back({Condition::Kind::criterion, {}, std::move(criterion)});
}
inline void Ask(Condition& when, std::string_view key, Patterns patterns) {
  Ask(when, key, Test{Test::Op::patterns, std::move(patterns), {}});
}

// Returns what a condition asks of the key, if it asks for patterns at its top.
inline Patterns PatternsOf(const Condition& when, std::string_view key) {
  for (const Condition& part : when.parts) {
    const RuleAttribute* const attribute = part.criterion.attribute;
    if (attribute != nullptr && attribute->key == key) return part.criterion.test.operands;
  }
  return {};
}

}  // namespace gateway
