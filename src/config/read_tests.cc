#include "config/read_tests.h"

#include <algorithm>
#include <array>

#include "attributes/attribute_path.h"
#include "attributes/comparable.h"
#include "base/ip_network.h"
#include "base/pattern.h"
#include "config/duration.h"

namespace gateway::config {
namespace {

using attributes::Comparison;
using Op = Test::Op;

struct Operator {
  std::string_view key;
  Op op;
};
constexpr std::array kTextOperators{Operator{"is", Op::is}, Operator{"is_any_case", Op::is_any_case},
                                    Operator{"glob", Op::glob}, Operator{"matches", Op::matches},
                                    Operator{"has", Op::has}};
constexpr std::array kBounds{Operator{"at_least", Op::at_least}, Operator{"at_most", Op::at_most},
                             Operator{"above", Op::above},       Operator{"below", Op::below},
                             Operator{"from", Op::at_least},     Operator{"to", Op::at_most}};
constexpr std::array kDurations{Operator{"within", Op::within}, Operator{"older_than", Op::older_than}};

template <std::size_t N>
const Operator* Find(const std::array<Operator, N>& operators, std::string_view key) {
  const auto found = std::find_if(operators.begin(), operators.end(), [&](const Operator& o) { return o.key == key; });
  return found == operators.end() ? nullptr : &*found;
}

Test Join(Op op, std::vector<Test> parts) {
  if (parts.size() == 1 && op != Op::none_of) return std::move(parts.front());
  return {op, {}, std::move(parts)};
}

const Parser<std::string>& AnyValue() {
  static const Parser<std::string> parser = {
      "a value, or a regular expression with ~ before it",
      [](std::string_view text) { return text.empty() ? std::nullopt : std::optional<std::string>(text); }};
  return parser;
}

Parser<std::string> Compared(Comparison comparison) {
  return {attributes::ExpectedOperand(comparison), [comparison](std::string_view text) -> std::optional<std::string> {
            return attributes::OperandFrom(text, comparison) ? std::optional<std::string>(text) : std::nullopt;
          }};
}

Parser<std::string> Words(std::vector<std::string> words) {
  std::vector<std::pair<std::string, std::string>> choices;
  for (const std::string& word : words) choices.emplace_back(word, word);
  return OneOf<std::string>(std::move(choices));
}

Parser<std::string> Network() {
  return {"an address or a network, as 192.0.2.7 or 192.0.2.0/24",
          [](std::string_view text) -> std::optional<std::string> {
            return IpNetwork::Parse(text) ? std::optional<std::string>(text) : std::nullopt;
          }};
}

Parser<std::string> Bytes() {
  Parser<std::uint64_t> size = Size(0, std::uint64_t{1} << 50);
  return {size.expected, [parse = size.parse](std::string_view text) -> std::optional<std::string> {
            const auto bytes = parse(text);
            return bytes ? std::optional(std::to_string(*bytes)) : std::nullopt;
          }};
}

// Parses an entry that is no regular expression. An entry that it refuses could never match. Its
// value is what the router compares.
Parser<std::string> ParserOf(const Asked& asked) {
  if (asked.attribute == nullptr) {
    const bool typed = asked.comparison != Comparison::text && !asked.any_comparison;
    return typed ? Compared(asked.comparison) : AnyValue();
  }
  switch (asked.attribute->kind) {
    case ValueKind::ae_title:
      return AeTitle();
    case ValueKind::code_string:
      return Modality();
    case ValueKind::uid:
      return Uid();
    case ValueKind::partner:
      return {"the name of a partner", AnyValue().parse};
    case ValueKind::service:
      return {"the name of a service", AnyValue().parse};
    case ValueKind::word:
      return Words({"emergency", "normal", "bulk"});
    case ValueKind::day:
      return Words({"mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"});
    case ValueKind::network:
      return Network();
    case ValueKind::size:
      return Bytes();
    case ValueKind::number:
    case ValueKind::time_of_day:
      return Compared(asked.comparison);
    case ValueKind::text:
    case ValueKind::person_name:
      break;
  }
  return AnyValue();
}

// Returns whether a regular expression makes sense for these values.
bool TakesExpressions(const Asked& asked) {
  if (asked.attribute == nullptr) return true;
  switch (asked.attribute->kind) {
    case ValueKind::network:
    case ValueKind::size:
    case ValueKind::number:
    case ValueKind::time_of_day:
    case ValueKind::day:
      return false;
    default:
      return true;
  }
}

class TestReader {
 public:
  TestReader(FileDraft& draft, const Asked& asked, Budget& budget)
      : draft_(draft), asked_(asked), exact_(ParserOf(asked)), budget_(budget) {}

  Test Read(const std::string& path, const YamlNode& node, int depth) {
    if (!budget_.Spend(draft_, node.line, depth)) return {};
    const bool nested = node.kind == YamlNode::Kind::list &&
                        std::any_of(node.items.begin(), node.items.end(),
                                    [](const NodePtr& item) { return item->kind == YamlNode::Kind::map; });
    if (nested) return ReadEach(path, node, Op::any_of, depth);
    if (node.kind != YamlNode::Kind::map) return ReadTexts(path, node, Op::patterns);
    return ReadOperators(path, node, depth);
  }

 private:
  Test ReadEach(const std::string& path, const YamlNode& node, Op op, int depth) {
    Test test{op, {}, {}};
    if (node.kind != YamlNode::Kind::list || node.items.empty()) {
      draft_.Mistake(node.line, path + ": expected a list, each item a value or a map of operators");
      return test;
    }
    for (const NodePtr& item : node.items) test.parts.push_back(Read(path, *item, depth + 1));
    return test;
  }

  Test ReadTexts(const std::string& path, const YamlNode& node, Op op) {
    if (asked_.attribute != nullptr && asked_.attribute->kind == ValueKind::time_of_day) return ReadSpans(path, node);
    if (!HasValues(path, node.line)) return {};
    Test test{op, {}, {}};
    EachText(path, node, exact_.expected, [&](const YamlNode& item) { ReadText(path, item, test); });
    return test;
  }

  // Sequences and bytes have no values that a rule could compare.
  bool HasValues(const std::string& path, int line) {
    if (asked_.comparison != Comparison::nothing) return true;
    const std::string vr(attributes::NameOf(asked_.vr));
    draft_.Mistake(line, path + ": " + (asked_.vr == Vr::SQ ? "a sequence (SQ)" : "it holds bytes (" + vr + ")") +
                             ", so a rule can only ask whether it `exists` or is `empty`");
    return false;
  }

  void EachText(const std::string& path, const YamlNode& node, const std::string& expected,
                const std::function<void(const YamlNode&)>& each) {
    if (node.kind == YamlNode::Kind::text) return each(node);
    if (node.kind == YamlNode::Kind::list && node.items.empty()) {
      return draft_.Mistake(node.line, path + ": the list is empty; give it an item");
    }
    if (node.kind != YamlNode::Kind::list) return Reject(path, node, "a list, each item " + expected);
    for (const NodePtr& item : node.items) {
      if (item->kind == YamlNode::Kind::text) {
        each(*item);
      } else {
        Reject(path, *item, expected);
      }
    }
  }

  void ReadText(const std::string& path, const YamlNode& item, Test& test) {
    const bool tilde = item.text.starts_with('~') && (test.op == Op::patterns || test.op == Op::has);
    if (tilde || test.op == Op::matches) {
      if (!TakesExpressions(asked_)) return Reject(path, item, exact_.expected);
      const std::string expression = tilde ? item.text.substr(1) : item.text;
      if (const auto pattern = Pattern::Create("~" + expression); !pattern) {
        draft_.Mistake(item.line, path + ": the regular expression '" + expression.substr(0, 60) +
                                      "' is wrong: " + pattern.error().detail);
        return;
      }
      test.operands.push_back(item.text);
    } else if (test.op == Op::glob || test.op == Op::is_any_case) {
      if (item.text.empty()) return Reject(path, item, "a value");
      test.operands.push_back(item.text);
    } else if (auto value = exact_.parse(item.text)) {
      if (asked_.attribute != nullptr && asked_.attribute->kind == ValueKind::partner) {
        draft_.Refer("partner", item.text, path, item.line);
      }
      if (asked_.attribute != nullptr && asked_.attribute->kind == ValueKind::service) {
        draft_.Refer("service", item.text, path, item.line);
      }
      test.operands.push_back(*std::move(value));
    } else {
      Reject(path, item, exact_.expected);
    }
  }

  // Reads 18:00-07:00, or a list of such spans. The end does not belong to the span.
  Test ReadSpans(const std::string& path, const YamlNode& node) {
    Test test{Op::any_of, {}, {}};
    const std::string expected = "a span of time, as 18:00-07:00";
    EachText(path, node, expected, [&](const YamlNode& item) {
      const std::size_t dash = std::min(item.text.find('-'), item.text.size());
      const std::string from = item.text.substr(0, dash);
      const std::string to = dash < item.text.size() ? item.text.substr(dash + 1) : std::string();
      const auto begins = attributes::OperandFrom(from, Comparison::time);
      const auto ends = attributes::OperandFrom(to, Comparison::time);
      if (!begins || !ends || begins->value == ends->value) return Reject(path, item, expected);
      test.parts.push_back(Span({Op::at_least, {from}, {}}, {Op::below, {to}, {}}, begins->value > ends->value));
    });
    return Join(Op::any_of, std::move(test.parts));
  }

  static Test Span(Test from, Test to, bool over_midnight) {
    if (!over_midnight) return {Op::range, {}, {std::move(from), std::move(to)}};
    return {Op::any_of, {}, {{Op::range, {}, {std::move(from)}}, {Op::range, {}, {std::move(to)}}}};
  }

  Test ReadOperators(const std::string& path, const YamlNode& node, int depth) {
    const Section section(draft_, "routes.when.OPERATORS", path, &node, node.line);
    std::vector<Test> parts, bounds;
    for (const Entry& entry : node.entries) {
      const std::string where = path + "." + entry.key;
      if (const Operator* const text = Find(kTextOperators, entry.key)) {
        parts.push_back(ReadTexts(where, *entry.value, text->op));
      } else if (const Operator* const bound = Find(kBounds, entry.key)) {
        ReadBound(where, *entry.value, bound->op, bounds);
      } else if (const Operator* const duration = Find(kDurations, entry.key)) {
        ReadDuration(where, *entry.value, duration->op, bounds);
      } else if (entry.key == "exists" || entry.key == "empty") {
        ReadYesOrNo(where, entry, parts);
      } else if (entry.key == "not") {
        parts.push_back({Op::none_of, {}, {Read(where, *entry.value, depth + 1)}});
      } else if (entry.key == "any_of" || entry.key == "all_of") {
        parts.push_back(ReadEach(where, *entry.value, entry.key == "any_of" ? Op::any_of : Op::all_of, depth));
      }
    }
    if (!bounds.empty()) parts.push_back(Range(std::move(bounds)));
    if (node.entries.empty())
      draft_.Mistake(node.line, path + ": expected an operator, as is, not, at_least or exists");
    return Join(Op::all_of, std::move(parts));
  }

  // From 18:00 to 06:00 means the night.
  Test Range(std::vector<Test> bounds) {
    const bool pair = bounds.size() == 2 && bounds[0].op == Op::at_least && bounds[1].op == Op::at_most;
    if (pair && asked_.comparison == Comparison::time) {
      const auto from = attributes::OperandFrom(bounds[0].operands.front(), Comparison::time);
      const auto to = attributes::OperandFrom(bounds[1].operands.front(), Comparison::time);
      if (from && to && from->value > to->value) return Span(std::move(bounds[0]), std::move(bounds[1]), true);
    }
    return {Op::range, {}, std::move(bounds)};
  }

  // Returns whether values can be in order, or before and after one another.
  bool HasOrder(const std::string& path, int line, bool needs_date) {
    if (!HasValues(path, line)) return false;
    const bool date = asked_.comparison == Comparison::date || asked_.comparison == Comparison::date_time;
    if (asked_.any_comparison || date || (!needs_date && asked_.comparison != Comparison::text)) return true;
    const std::string what(attributes::NameOf(asked_.comparison));
    draft_.Mistake(line,
                   path + ": this compares " + (needs_date ? "dates" : "numbers, dates, times and ages") + ", but " +
                       (asked_.attribute != nullptr
                            ? "this is " + what
                            : "the attribute is " + what + " (" + std::string(attributes::NameOf(asked_.vr)) + ")"));
    return false;
  }

  void ReadBound(const std::string& path, const YamlNode& node, Op op, std::vector<Test>& bounds) {
    if (!HasOrder(path, node.line, false)) return;
    const bool size = asked_.attribute != nullptr && asked_.attribute->kind == ValueKind::size;
    const Parser<std::string> parser = asked_.any_comparison ? AnyOrdered()
                                       : size                ? Bytes()
                                                             : Compared(asked_.comparison);
    const auto value = node.kind == YamlNode::Kind::text ? parser.parse(node.text) : std::nullopt;
    if (!value) return Reject(path, node, parser.expected);
    bounds.push_back({op, {*value}, {}});
  }

  static Parser<std::string> AnyOrdered() {
    return {"a number, a date, a time or an age", [](std::string_view text) -> std::optional<std::string> {
              for (const Comparison comparison :
                   {Comparison::number, Comparison::date, Comparison::time, Comparison::date_time, Comparison::age}) {
                if (attributes::OperandFrom(text, comparison)) return std::string(text);
              }
              return std::nullopt;
            }};
  }

  void ReadDuration(const std::string& path, const YamlNode& node, Op op, std::vector<Test>& bounds) {
    if (!HasOrder(path, node.line, true)) return;
    constexpr Milliseconds kDay{86'400'000};
    const auto duration = node.kind == YamlNode::Kind::text ? ParseDuration(node.text) : std::nullopt;
    const bool whole_days = asked_.comparison == Comparison::date;
    if (!duration || (whole_days && *duration % kDay != Milliseconds(0))) {
      return Reject(path, node, whole_days ? "whole days, as 7d" : "a duration, as 7d or 12h");
    }
    bounds.push_back({op, {std::to_string(duration->count())}, {}});
  }

  void ReadYesOrNo(const std::string& path, const Entry& entry, std::vector<Test>& parts) {
    const Parser<bool> parser = YesOrNo();
    const auto value = entry.value->kind == YamlNode::Kind::text ? parser.parse(entry.value->text) : std::nullopt;
    if (!value) return Reject(path, *entry.value, parser.expected);
    parts.push_back({entry.key == "exists" ? Op::exists : Op::empty, {*value ? "true" : "false"}, {}});
  }

  void Reject(const std::string& path, const YamlNode& node, const std::string& expected) {
    Section(draft_, "routes.when.OPERATORS", path, nullptr, node.line).Reject(path, node, expected);
  }

  FileDraft& draft_;
  const Asked& asked_;
  const Parser<std::string> exact_;
  Budget& budget_;
};

}  // namespace

Asked Asked::Key(const RuleAttribute& attribute) {
  Asked asked{&attribute, Vr::none, Comparison::text, false};
  if (attribute.kind == ValueKind::number || attribute.kind == ValueKind::size) asked.comparison = Comparison::number;
  if (attribute.kind == ValueKind::time_of_day) asked.comparison = Comparison::time;
  return asked;
}

Asked Asked::Path(const AttributePath& path) {
  Asked asked{nullptr, attributes::VrOf(path), Comparison::text, false};
  asked.any_comparison = asked.vr == Vr::none;
  if (!asked.any_comparison) asked.comparison = attributes::ComparisonOf(asked.vr);
  return asked;
}

bool Budget::Spend(FileDraft& draft, int line, int depth) {
  if (++spent_ <= kMost && depth <= kDeepest) return true;
  if (spent_ <= kMost || spent_ == kMost + 1) {
    draft.Mistake(line, "a rule asks at most " + std::to_string(kMost) + " questions, nested at most " +
                            std::to_string(kDeepest) + " deep");
    spent_ = kMost + 1;
  }
  return false;
}

Test ReadTest(FileDraft& draft, const std::string& path, const YamlNode& node, const Asked& asked, Budget& budget,
              int depth) {
  return TestReader(draft, asked, budget).Read(path, node, depth);
}

}  // namespace gateway::config
