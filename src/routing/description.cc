#include "routing/description.h"

#include <charconv>

#include "base/joined.h"

namespace gateway::routing {
namespace {

std::string WordOf(Test::Op op) {
  switch (op) {
    case Test::Op::patterns:
      return "";
    case Test::Op::is:
      return "is";
    case Test::Op::is_any_case:
      return "is_any_case";
    case Test::Op::glob:
      return "glob";
    case Test::Op::matches:
      return "matches";
    case Test::Op::has:
      return "has";
    case Test::Op::at_least:
      return "at_least";
    case Test::Op::at_most:
      return "at_most";
    case Test::Op::above:
      return "above";
    case Test::Op::below:
      return "below";
    case Test::Op::within:
      return "within";
    case Test::Op::older_than:
      return "older_than";
    case Test::Op::exists:
      return "exists";
    case Test::Op::empty:
      return "empty";
    case Test::Op::none_of:
      return "not";
    case Test::Op::range:
    case Test::Op::any_of:
    case Test::Op::all_of:
      break;
  }
  return "";
}

// Writes milliseconds as the configuration does.
std::string Duration(const std::string& milliseconds) {
  long long count = 0;
  const char* const end = milliseconds.data() + milliseconds.size();
  if (std::from_chars(milliseconds.data(), end, count).ptr != end) return milliseconds;
  for (const auto& [unit, size] : {std::pair{"d", 86'400'000LL}, {"h", 3'600'000LL}, {"m", 60'000LL}, {"s", 1000LL}}) {
    if (count % size == 0) return std::to_string(count / size) + unit;
  }
  return milliseconds + "ms";
}

}  // namespace

std::string Describe(const Test& test) {
  const std::string word = WordOf(test.op);
  if (!test.parts.empty()) {
    std::vector<std::string> parts;
    for (const Test& part : test.parts) parts.push_back(Describe(part));
    const bool any = test.op == Test::Op::any_of || test.op == Test::Op::none_of;
    const std::string text = Joined(parts, any ? " or " : " and ");
    if (parts.size() == 1 && word.empty()) return text;
    return word.empty() ? "(" + text + ")" : word + " (" + text + ")";
  }
  std::vector<std::string> operands = test.operands;
  if (test.op == Test::Op::within || test.op == Test::Op::older_than) {
    for (std::string& operand : operands) operand = Duration(operand);
  }
  if (operands.empty()) return word.empty() ? "anything" : word;
  return (word.empty() ? word : word + " ") + Joined(operands, ", ");
}

}  // namespace gateway::routing
