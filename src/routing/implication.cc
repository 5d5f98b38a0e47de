#include "routing/implication.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "attributes/attribute_path.h"
#include "attributes/comparable.h"
#include "routing/description.h"
#include "routing/subject.h"
#include "routing/text_matcher.h"

namespace gateway::routing {
namespace {

using Op = Test::Op;
using attributes::Comparison;

bool ComparesTexts(const Test& test) {
  switch (test.op) {
    case Op::patterns:
    case Op::is:
    case Op::is_any_case:
    case Op::glob:
    case Op::matches:
    case Op::has:
      return true;
    default:
      return false;
  }
}

bool IsAnything(const Test& test) {
  return (ComparesTexts(test) && test.operands.empty()) || (test.op == Op::all_of && test.parts.empty());
}

// Returns the texts of which one must be a value, or nullopt if the test allows others.
std::optional<std::vector<std::string>> ExactTexts(const Test& test) {
  const bool exact_only = test.op == Op::patterns || test.op == Op::is || test.op == Op::has;
  if (!exact_only || test.operands.empty()) return std::nullopt;
  for (const std::string& operand : test.operands) {
    if (test.op != Op::is && operand.starts_with('~')) return std::nullopt;
  }
  return test.operands;
}

bool MatchesText(const Test& test, const std::string& text) {
  if (test.operands.empty()) return true;
  return std::any_of(test.operands.begin(), test.operands.end(), [&](const std::string& operand) {
    const auto matcher = TextMatcher::Create(test.op, operand, false);
    return matcher && matcher->Matches(Comparable(text));
  });
}

// Values of a subject that nobody can have twice.
bool HasOneValue(const Criterion& criterion) {
  if (criterion.attribute != nullptr) {
    return criterion.attribute->of_instance == nullptr && criterion.attribute->kind != ValueKind::day;
  }
  const attributes::DictionaryEntry* const entry = attributes::EntryOf(criterion.path);
  const bool several_items = std::any_of(criterion.path.steps.begin(), criterion.path.steps.end(),
                                         [](const PathStep& step) { return step.item == PathStep::kAnyItem; });
  return entry != nullptr && entry->multiplicity == "1" && entry->vr != "PN" && !several_items;
}

struct Bound {
  Op op{};
  double limit = 0;
  [[nodiscard]] bool lower() const { return op == Op::at_least || op == Op::above; }
  [[nodiscard]] bool open() const { return op == Op::above || op == Op::below; }
};

// Returns nullopt for a bound that depends on the day on which an instance comes.
std::optional<Bound> BoundOf(const Test& test, Comparison comparison) {
  if (test.operands.empty() || test.op == Op::within || test.op == Op::older_than) return std::nullopt;
  const auto operand = attributes::OperandFrom(test.operands.front(), comparison);
  if (!operand || operand->relative) return std::nullopt;
  return Bound{test.op, operand->value};
}

bool BoundImplies(const Test& a, const Test& b, Comparison comparison) {
  if (a == b) return true;
  if (a.op == b.op && (a.op == Op::within || a.op == Op::older_than)) {
    const double first = std::stod(a.operands.front()), second = std::stod(b.operands.front());
    return a.op == Op::within ? first <= second : first >= second;
  }
  const auto from = BoundOf(a, comparison), to = BoundOf(b, comparison);
  if (!from || !to || from->lower() != to->lower()) return false;
  if (from->limit == to->limit) return from->open() || !to->open();
  return from->lower() ? from->limit > to->limit : from->limit < to->limit;
}

bool TestImplies(const Test& a, const Test& b, const Criterion& subject);

bool AllImply(const std::vector<Test>& parts, const Test& b, const Criterion& subject) {
  return !parts.empty() &&
         std::all_of(parts.begin(), parts.end(), [&](const Test& part) { return TestImplies(part, b, subject); });
}

bool AnyImplies(const std::vector<Test>& parts, const Test& b, const Criterion& subject) {
  return std::any_of(parts.begin(), parts.end(), [&](const Test& part) { return TestImplies(part, b, subject); });
}

bool NeedsValue(const Test& test) {
  return (ComparesTexts(test) && !test.operands.empty()) || test.op == Op::range;
}

// A test that needs a value holds only where there is one.
bool ImpliesPresence(const Test& a, const Test& b, const Criterion& subject) {
  const bool asks_presence =
      (b.op == Op::exists && b.operands.front() == "true") || (b.op == Op::empty && b.operands.front() == "false");
  // The short names compare an absent attribute as an empty text.
  return asks_presence && NeedsValue(a) && subject.attribute == nullptr;
}

bool TestImplies(const Test& a, const Test& b, const Criterion& subject) {
  if (a == b || IsAnything(b) || ImpliesPresence(a, b, subject)) return true;
  if (b.op == Op::all_of) {
    return std::all_of(b.parts.begin(), b.parts.end(), [&](const Test& part) { return TestImplies(a, part, subject); });
  }
  if (a.op == Op::any_of) return AllImply(a.parts, b, subject);
  if (a.op == Op::all_of) return AnyImplies(a.parts, b, subject);
  if (b.op == Op::any_of) {
    return std::any_of(b.parts.begin(), b.parts.end(), [&](const Test& part) { return TestImplies(a, part, subject); });
  }
  if (a.op == Op::none_of && b.op == Op::none_of && b.parts.size() == 1)
    return AnyImplies({b.parts.front()}, a.parts.front(), subject);
  if (a.op == Op::range && b.op == Op::range) {
    const Comparison comparison = Subject::Of(subject).comparison();
    return std::all_of(b.parts.begin(), b.parts.end(), [&](const Test& wanted) {
      return std::any_of(a.parts.begin(), a.parts.end(),
                         [&](const Test& given) { return BoundImplies(given, wanted, comparison); });
    });
  }
  const auto texts = ExactTexts(a);
  return texts && ComparesTexts(b) && std::all_of(texts->begin(), texts->end(), [&](const std::string& text) {
           return text.find('\\') == std::string::npos && MatchesText(b, text);
         });
}

// Returns the conditions that must all hold.
std::vector<const Condition*> PartsOf(const Condition& condition) {
  if (condition.kind != Condition::Kind::all_of) return {&condition};
  std::vector<const Condition*> parts;
  for (const Condition& part : condition.parts) {
    for (const Condition* one : PartsOf(part)) parts.push_back(one);
  }
  return parts;
}

bool SameSubject(const Criterion& a, const Criterion& b) {
  return a.attribute == b.attribute && a.path == b.path;
}

bool PartImplies(const Condition& a, const Condition& b) {
  if (a == b) return true;
  const bool both = a.kind == Condition::Kind::criterion && b.kind == Condition::Kind::criterion;
  return both && SameSubject(a.criterion, b.criterion) && TestImplies(a.criterion.test, b.criterion.test, a.criterion);
}

// Returns the number of characters that a value of this VR has at most (PS3.5 table 6.2-1), or 0.
std::size_t LongestOf(Vr vr) {
  switch (vr) {
    case Vr::AE:
    case Vr::CS:
    case Vr::SH:
      return 16;
    case Vr::LO:
    case Vr::UI:
      return 64;
    default:
      return 0;
  }
}

std::string WhyNoText(const Criterion& criterion, const Test& test) {
  const std::size_t longest = criterion.attribute == nullptr ? LongestOf(attributes::VrOf(criterion.path)) : 0;
  const auto texts = ExactTexts(test);
  if (longest == 0 || !texts || test.op == Op::is) return {};
  const bool too_long = std::all_of(texts->begin(), texts->end(), [&](const std::string& text) {
    // Characters of several bytes count as one, so four bytes a character are not too many.
    return text.find('\\') == std::string::npos && text.size() > 4 * longest;
  });
  return too_long ? "no value of this attribute is longer than " + std::to_string(longest) + " characters"
                  : std::string();
}

std::string WhyNoRange(const Criterion& criterion, const Test& test) {
  const Comparison comparison = Subject::Of(criterion).comparison();
  for (const Test& low : test.parts) {
    for (const Test& high : test.parts) {
      const auto from = BoundOf(low, comparison), to = BoundOf(high, comparison);
      if (!from || !to || !from->lower() || to->lower()) continue;
      if (from->limit > to->limit || (from->limit == to->limit && (from->open() || to->open()))) {
        return "nothing is both " + Describe(low) + " and " + Describe(high);
      }
    }
  }
  return {};
}

std::string WhyNeverTest(const Criterion& criterion, const Test& test) {
  if (test.op == Op::range) return WhyNoRange(criterion, test);
  if (ComparesTexts(test)) return WhyNoText(criterion, test);
  if (test.op == Op::none_of && test.parts.size() == 1 && IsAnything(test.parts.front())) return "`not` of anything";
  if (test.op == Op::all_of) {
    for (const Test& part : test.parts) {
      if (std::string why = WhyNeverTest(criterion, part); !why.empty()) return why;
    }
  }
  return {};
}

// Two tests of the same subject, which both must hold.
std::string WhyNotBoth(const Criterion& a, const Criterion& b) {
  const auto presence = [](const Test& test) {
    return (test.op == Op::exists && test.operands.front() == "false") ||
           (test.op == Op::empty && test.operands.front() == "true");
  };
  const std::string name = Subject::Of(a).name;
  if (presence(a.test) && NeedsValue(b.test) && a.attribute == nullptr)
    return name + " would need a value and have none";
  const auto texts = ExactTexts(a.test);
  if (!texts) return {};
  const bool excluded = b.test.op == Op::none_of && TestImplies(a.test, b.test.parts.front(), a);
  const bool none =
      HasOneValue(a) && ComparesTexts(b.test) &&
      std::none_of(texts->begin(), texts->end(), [&](const std::string& text) { return MatchesText(b.test, text); });
  return excluded || none ? name + " cannot be both " + Describe(a.test) + " and " + Describe(b.test) : std::string();
}

// Takes "all of" several tests of one key apart.
void AddCriteria(const Criterion& criterion, const Test& test, std::vector<Criterion>& out) {
  if (test.op != Op::all_of || test.parts.empty()) {
    out.push_back({criterion.attribute, criterion.path, test});
    return;
  }
  for (const Test& part : test.parts) AddCriteria(criterion, part, out);
}

}  // namespace

bool Implies(const Condition& a, const Condition& b) {
  const std::vector<const Condition*> given = PartsOf(a);
  for (const Condition* wanted : PartsOf(b)) {
    const bool direct =
        std::any_of(given.begin(), given.end(), [&](const Condition* one) { return PartImplies(*one, *wanted); });
    if (direct) continue;
    const bool by_branch = wanted->kind == Condition::Kind::any_of &&
                           std::any_of(wanted->parts.begin(), wanted->parts.end(),
                                       [&](const Condition& branch) { return Implies(a, branch); });
    if (!by_branch) return false;
  }
  return true;
}

std::string WhyNever(const Condition& condition) {
  std::vector<Criterion> criteria;
  for (const Condition* part : PartsOf(condition)) {
    if (part->kind == Condition::Kind::criterion) AddCriteria(part->criterion, part->criterion.test, criteria);
    if (part->kind != Condition::Kind::any_of) continue;
    std::string why;
    for (const Condition& branch : part->parts) {
      why = WhyNever(branch);
      if (why.empty()) break;
    }
    if (!why.empty()) return why;
  }
  for (const Criterion& criterion : criteria) {
    if (std::string why = WhyNeverTest(criterion, criterion.test); !why.empty()) {
      return Subject::Of(criterion).name + ": " + why;
    }
  }
  for (const Criterion& a : criteria) {
    for (const Criterion& b : criteria) {
      if (&a == &b || !SameSubject(a, b)) continue;
      if (std::string why = WhyNotBoth(a, b); !why.empty()) return why;
    }
  }
  return {};
}

bool CertainlyOverlap(const Condition& a, const Condition& b) {
  const std::vector<const Condition*> first = PartsOf(a), second = PartsOf(b);
  for (const auto& parts : {first, second}) {
    for (const Condition* part : parts) {
      if (part->kind != Condition::Kind::criterion || !ExactTexts(part->criterion.test)) return false;
    }
  }
  for (const Condition* one : first) {
    for (const Condition* other : second) {
      if (!SameSubject(one->criterion, other->criterion)) continue;
      const auto texts = *ExactTexts(one->criterion.test);
      if (std::none_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return MatchesText(other->criterion.test, text); })) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace gateway::routing
