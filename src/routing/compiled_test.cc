#include "routing/compiled_test.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "attributes/attribute_path.h"
#include "attributes/error_codes.h"

namespace gateway::routing {
namespace {

using attributes::Comparison;
using attributes::LocalMoment;
using State = AttributeValue::State;
using Op = Test::Op;

constexpr double kDay = 86'400'000;
constexpr std::array kOrdered{Comparison::number, Comparison::date, Comparison::time, Comparison::date_time,
                              Comparison::age};

bool IsDuration(Op op) {
  return op == Op::within || op == Op::older_than;
}

bool IsBound(Op op) {
  return op == Op::at_least || op == Op::at_most || op == Op::above || op == Op::below || IsDuration(op);
}

Error BadOperand(const Subject& subject, const std::string& operand, const std::string& what) {
  return ConfigError(codes::kBadOperand, subject.name + ": '" + operand + "' is " + what);
}

}  // namespace

Result<CompiledTest> CompiledTest::Compile(const Test& test, const Subject& subject) {
  CompiledTest compiled;
  compiled.op_ = test.op;
  compiled.comparison_ = subject.comparison();
  compiled.open_comparison_ = subject.attribute == nullptr && attributes::VrOf(subject.path) == Vr::none;
  if (test.op == Op::exists || test.op == Op::empty) {
    compiled.yes_ = test.operands.empty() || test.operands.front() != "false";
    return compiled;
  }
  if (test.op == Op::range || IsBound(test.op)) {
    compiled.op_ = Op::range;
    const std::vector<Test> alone{test};
    for (const Test& bound : test.op == Op::range ? test.parts : alone) {
      if (const auto added = compiled.AddBound(bound); !added) {
        return BadOperand(subject, bound.operands.empty() ? "" : bound.operands.front(), added.error().detail);
      }
    }
    return compiled;
  }
  for (const Test& part : test.parts) {
    GATEWAY_ASSIGN(CompiledTest one, Compile(part, subject));
    compiled.parts_.push_back(std::move(one));
  }
  GATEWAY_TRY(compiled.AddTexts(test, subject));
  return compiled;
}

Result<void> CompiledTest::AddTexts(const Test& test, const Subject& subject) {
  for (const std::string& operand : test.operands) {
    if (subject.attribute != nullptr && subject.attribute->kind == ValueKind::network) {
      const auto network = IpNetwork::Parse(operand);
      if (!network) return BadOperand(subject, operand, "no address and no network");
      networks_.push_back(*network);
      continue;
    }
    auto matcher = TextMatcher::Create(test.op, operand, subject.IsPersonName());
    if (!matcher) {
      return ErrorNamed(Fault::config, matcher.error().code,
                        subject.name + " \"" + operand + "\": " + matcher.error().detail);
    }
    if (matcher->exact() != nullptr && comparison_ != Comparison::text) {
      if (const auto number = attributes::OperandFrom(operand, comparison_); number && !number->relative) {
        numbers_.push_back(number->value);
      }
    }
    texts_.push_back(std::move(matcher).value());
  }
  return {};
}

Result<void> CompiledTest::AddBound(const Test& test) {
  Bound bound;
  bound.op = test.op;
  const std::string text = test.operands.empty() ? std::string() : test.operands.front();
  if (IsDuration(test.op)) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound.duration);
    if (error != std::errc() || end != text.data() + text.size()) return ConfigError(codes::kBadOperand, "no duration");
  } else {
    bool any = false;
    for (const Comparison comparison : kOrdered) {
      auto& operand = bound.operands.at(static_cast<std::size_t>(comparison));
      operand = attributes::OperandFrom(text, comparison);
      any = any || operand.has_value();
    }
    if (!any) return ConfigError(codes::kBadOperand, "neither a number nor a date, a time or an age");
    if (!open_comparison_ && !bound.operands.at(static_cast<std::size_t>(comparison_))) {
      return ConfigError(codes::kBadOperand, "not " + attributes::ExpectedOperand(comparison_));
    }
  }
  bounds_.push_back(bound);
  return {};
}

Truth CompiledTest::Evaluate(const SubjectValues& values, const LocalMoment& now) const {
  switch (op_) {
    case Op::none_of:
    case Op::any_of:
    case Op::all_of:
      return EvaluateParts(values, now);
    case Op::exists:
      return values.known ? TruthOf((values.state != State::absent) == yes_) : Truth::unknown;
    case Op::empty:
      if (!values.known) return Truth::unknown;
      return TruthOf((values.state == State::absent || values.state == State::empty) == yes_);
    case Op::range:
      return EvaluateRange(values, now);
    default:
      return EvaluateTexts(values);
  }
}

Truth CompiledTest::EvaluateParts(const SubjectValues& values, const LocalMoment& now) const {
  Fold fold = op_ == Op::all_of ? Fold::AllOf() : Fold::AnyOf();
  for (const CompiledTest& part : parts_) {
    if (fold.Add(part.Evaluate(values, now))) break;
  }
  return op_ == Op::none_of ? Not(fold.result()) : fold.result();
}

Truth CompiledTest::EvaluateTexts(const SubjectValues& values) const {
  if (texts_.empty() && networks_.empty()) return Truth::yes;
  if (!values.known || values.state == State::unreadable) return Truth::unknown;
  if (!networks_.empty()) {
    const auto address = IpNetwork::Parse(values.values.empty() ? std::string() : values.values.front());
    if (!address) return Truth::unknown;
    return TruthOf(std::any_of(networks_.begin(), networks_.end(),
                               [&](const IpNetwork& network) { return network.Contains(*address); }));
  }
  const std::vector<std::string>& compared = op_ == Op::has ? values.values : values.forms;
  for (const std::string& text : compared) {
    if (std::any_of(texts_.begin(), texts_.end(), [&](const TextMatcher& one) { return one.Matches(text); })) {
      return Truth::yes;
    }
  }
  if (numbers_.empty()) return Truth::no;
  bool all_read = true;
  for (const std::string& text : values.values) {
    const auto number = attributes::ComparableOf(text, comparison_);
    if (number && std::find(numbers_.begin(), numbers_.end(), *number) != numbers_.end()) return Truth::yes;
    all_read = all_read && number;
  }
  return all_read ? Truth::no : Truth::unknown;
}

// An instance tells the VR of a private attribute only where its transfer syntax does. Otherwise
// the rule's own words say what it is.
Comparison CompiledTest::ComparisonFor(Vr vr) const {
  if (!open_comparison_) return comparison_;
  const Comparison of_vr = vr == Vr::none || vr == Vr::UN ? Comparison::text : attributes::ComparisonOf(vr);
  if (of_vr != Comparison::text && of_vr != Comparison::nothing) return of_vr;
  for (const Comparison comparison : kOrdered) {
    const bool fits = std::all_of(bounds_.begin(), bounds_.end(), [&](const Bound& bound) {
      if (IsDuration(bound.op)) return comparison == Comparison::date || comparison == Comparison::date_time;
      return bound.operands.at(static_cast<std::size_t>(comparison)).has_value();
    });
    if (fits) return comparison;
  }
  return Comparison::text;
}

bool CompiledTest::Keeps(const Bound& bound, double value, Comparison comparison, const LocalMoment& now) const {
  const bool dates = comparison == Comparison::date;
  const double today = dates ? now.day : now.milliseconds;
  if (IsDuration(bound.op)) {
    const double duration = dates ? bound.duration / kDay : bound.duration;
    return bound.op == Op::within ? std::abs(value - today) <= duration : value < today - duration;
  }
  const auto& operand = bound.operands.at(static_cast<std::size_t>(comparison));
  if (!operand) return false;
  const double limit = operand->value + (operand->relative ? today : 0);
  switch (bound.op) {
    case Op::at_least:
      return value >= limit;
    case Op::at_most:
      return value <= limit;
    case Op::above:
      return value > limit;
    default:
      return value < limit;
  }
}

Truth CompiledTest::EvaluateRange(const SubjectValues& values, const LocalMoment& now) const {
  if (!values.known || values.state == State::unreadable) return Truth::unknown;
  const Comparison comparison = ComparisonFor(values.vr);
  bool all_read = true;
  for (const std::string& text : values.values) {
    if (text.empty()) continue;
    const auto number = attributes::ComparableOf(text, comparison);
    all_read = all_read && number;
    if (number && std::all_of(bounds_.begin(), bounds_.end(),
                              [&](const Bound& bound) { return Keeps(bound, *number, comparison, now); })) {
      return Truth::yes;
    }
  }
  return all_read ? Truth::no : Truth::unknown;
}

std::optional<std::vector<std::string>> CompiledTest::NeededTexts() const {
  if (op_ == Op::all_of) {
    for (const CompiledTest& part : parts_) {
      if (auto needed = part.NeededTexts()) return needed;
    }
    return std::nullopt;
  }
  const bool compares_texts = op_ == Op::patterns || op_ == Op::is || op_ == Op::has;
  if (!compares_texts || texts_.empty() || comparison_ != Comparison::text) return std::nullopt;
  std::vector<std::string> needed;
  for (const TextMatcher& text : texts_) {
    if (text.exact() == nullptr) return std::nullopt;
    needed.push_back(*text.exact());
  }
  return needed;
}

}  // namespace gateway::routing
