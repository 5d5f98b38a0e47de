// The `when:` of a rule: a tree of conditions, whose leaves ask for one thing each.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "gateway/attribute.h"
#include "gateway/rule_attributes.h"

namespace gateway {

// Says what a condition asks of the values of one thing.
struct Test {
  enum class Op {
    // One of the operands must match one of the values. An operand that begins with "~" is a
    // regular expression, which must be found anywhere in the value. No operand at all matches
    // anything.
    patterns,
    is,           // one of the operands is one of the values
    is_any_case,  // likewise, and capital and small letters are the same
    glob,         // likewise; in the operands * stands for any text, and ? for one character
    matches,      // likewise; the operands are regular expressions without "~"
    has,          // as patterns, but only single values of an attribute are compared, never all together
    // One value must be so, compared as its VR says. The operand stands alone.
    at_least,
    at_most,
    above,
    below,
    within,      // no further away from now than the operand, a duration
    older_than,  // further back than the operand, a duration
    // The operand is "true" or "false".
    exists,
    empty,
    // These ask more of the same values, by their parts. A test of all bounds of a range is in one
    // `range`, so that one value must keep to all of them.
    range,
    none_of,
    any_of,
    all_of,
  };
  Op op = Op::all_of;
  std::vector<std::string> operands;
  std::vector<Test> parts;

  bool operator==(const Test&) const = default;
  std::strong_ordering operator<=>(const Test& other) const;
};

// A default would compare the parts before the compiler knows that they can be compared.
inline std::strong_ordering Test::operator<=>(const Test& other) const {
  if (const auto order = op <=> other.op; order != 0) return order;
  if (const auto order = operands <=> other.operands; order != 0) return order;
  return parts <=> other.parts;
}

// One key of a `when:`.
struct Criterion {
  const RuleAttribute* attribute = nullptr;  // an entry of kRuleAttributes; nullptr: `path` says what is asked for
  AttributePath path;
  Test test;

  bool operator==(const Criterion&) const = default;
};

struct Condition {
  enum class Kind { all_of, any_of, none_of, criterion };
  Kind kind = Kind::all_of;  // without parts it matches anything
  std::vector<Condition> parts;
  Criterion criterion;  // only of this kind

  bool operator==(const Condition&) const = default;
};

}  // namespace gateway
