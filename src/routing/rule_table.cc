#include "routing/rule_table.h"

#include <algorithm>
#include <utility>

#include "routing/description.h"

namespace gateway::routing {
namespace {

using State = AttributeValue::State;

std::string WordFor(const SubjectValues& values) {
  if (!values.known) return "not known";
  switch (values.state) {
    case State::absent:
      return "absent";
    case State::empty:
      return "empty";
    case State::unreadable:
      return "unreadable";
    case State::values:
      break;
  }
  return values.values.empty() ? "present" : "";
}

std::string Below(const std::string& within, Condition::Kind kind) {
  const char* const word = kind == Condition::Kind::any_of    ? "any_of"
                           : kind == Condition::Kind::none_of ? "not"
                                                              : "all_of";
  return within.empty() ? word : within + "." + word;
}

}  // namespace

Result<std::size_t> RuleTable::AddCriterion(const Criterion& criterion) {
  Subject subject = Subject::Of(criterion);
  std::pair key(subject.name, criterion.test);
  if (const auto known = criterion_numbers_.find(key); known != criterion_numbers_.end()) return known->second;
  GATEWAY_ASSIGN(CompiledTest test, CompiledTest::Compile(criterion.test, subject));
  const auto [number, added] = subject_numbers_.try_emplace(subject.name, subjects_.size());
  if (added) subjects_.push_back(std::move(subject));
  criteria_.push_back({number->second, std::move(test), Describe(criterion.test)});
  criterion_numbers_.emplace(std::move(key), criteria_.size() - 1);
  return criteria_.size() - 1;
}

Result<Node> RuleTable::Add(const Condition& condition) {
  Node node{condition.kind, {}, 0};
  if (condition.kind == Condition::Kind::criterion) {
    GATEWAY_ASSIGN(node.test, AddCriterion(condition.criterion));
    return node;
  }
  for (const Condition& part : condition.parts) {
    GATEWAY_ASSIGN(Node one, Add(part));
    node.parts.push_back(std::move(one));
  }
  return node;
}

std::vector<AttributePath> RuleTable::AskedPaths() const {
  std::vector<AttributePath> paths;
  for (const Subject& subject : subjects_) {
    if (subject.attribute == nullptr && !subject.IsOfMetaHeader()) paths.push_back(subject.path);
  }
  return paths;
}

bool RuleTable::AsksFor(std::string_view key) const {
  return std::any_of(subjects_.begin(), subjects_.end(), [&](const Subject& subject) {
    return subject.attribute != nullptr && subject.attribute->key == key;
  });
}

std::vector<RuleTable::Needed> RuleTable::NeededBy(const Node& node) const {
  std::vector<Needed> needed;
  if (node.kind == Condition::Kind::criterion) {
    const CompiledCriterion& criterion = criteria_[node.test];
    if (auto texts = criterion.test.NeededTexts()) needed.push_back({criterion.subject, *std::move(texts)});
  } else if (node.kind == Condition::Kind::all_of) {
    for (const Node& part : node.parts) {
      for (Needed& one : NeededBy(part)) needed.push_back(std::move(one));
    }
  }
  return needed;
}

void RuleTable::Explain(const Node& node, Decision& decision, std::vector<CriterionTrace>& criteria,
                        const std::string& within) const {
  if (node.kind == Condition::Kind::criterion) {
    const CompiledCriterion& criterion = criteria_[node.test];
    const SubjectValues& values = decision.ValuesOf(criterion.subject);
    criteria.push_back({subjects_[criterion.subject].name, criterion.words, within, decision.EvaluateTest(node.test),
                        values.values, WordFor(values)});
    return;
  }
  const bool top = within.empty() && node.kind == Condition::Kind::all_of;
  for (const Node& part : node.parts) Explain(part, decision, criteria, top ? within : Below(within, node.kind));
}

Decision::Decision(const RuleTable& table, const RuleFacts& facts, const attributes::LocalMoment& now)
    : table_(table), facts_(facts), now_(now), subjects_(table.subjects_.size()), tests_(table.criteria_.size()) {}

const SubjectValues& Decision::ValuesOf(std::size_t subject) {
  std::optional<SubjectValues>& values = subjects_[subject];
  if (!values) values = routing::ValuesOf(table_.subjects_[subject], facts_);
  return *values;
}

Truth Decision::EvaluateTest(std::size_t test) {
  std::optional<Truth>& truth = tests_[test];
  if (!truth) {
    const RuleTable::CompiledCriterion& criterion = table_.criteria_[test];
    truth = criterion.test.Evaluate(ValuesOf(criterion.subject), now_);
  }
  return *truth;
}

Truth Decision::Evaluate(const Node& node) {
  if (node.kind == Condition::Kind::criterion) return EvaluateTest(node.test);
  Fold fold = node.kind == Condition::Kind::all_of ? Fold::AllOf() : Fold::AnyOf();
  for (const Node& part : node.parts) {
    if (fold.Add(Evaluate(part))) break;
  }
  return node.kind == Condition::Kind::none_of ? Not(fold.result()) : fold.result();
}

}  // namespace gateway::routing
