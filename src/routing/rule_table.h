// The conditions of a list of rules, compiled together: what several rules ask is asked once for an
// instance. Immutable, so any thread may use it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attributes/comparable.h"
#include "gateway/result.h"
#include "gateway/settings/conditions.h"
#include "routing/compiled_test.h"
#include "routing/subject.h"
#include "routing/trace.h"
#include "routing/truth.h"

namespace gateway::routing {

// A condition in compiled form.
struct Node {
  Condition::Kind kind = Condition::Kind::all_of;
  std::vector<Node> parts;
  std::size_t test = 0;  // of a criterion: the number of its test in the table
};

class Decision;

class RuleTable {
 public:
  // Adds a condition. Errors: those of CompiledTest::Compile().
  Result<Node> Add(const Condition& condition);

  // Returns the attributes that the conditions ask for, each once, except those of the meta header.
  [[nodiscard]] std::vector<AttributePath> AskedPaths() const;
  // Returns whether a condition asks for this key of ours.
  [[nodiscard]] bool AsksFor(std::string_view key) const;

  // The criteria that an index can use: at the top of the condition, with texts of which one must
  // be equal to a form of the subject's value.
  struct Needed {
    std::size_t subject = 0;
    std::vector<std::string> texts;
  };
  [[nodiscard]] std::vector<Needed> NeededBy(const Node& node) const;

  // Explains how the criteria of a condition came out, in the order in which the rule has them.
  void Explain(const Node& node, Decision& decision, std::vector<CriterionTrace>& criteria,
               const std::string& within = {}) const;

 private:
  friend class Decision;
  struct CompiledCriterion {
    std::size_t subject = 0;
    CompiledTest test;
    std::string words;  // the test as Describe() writes it; several tests may have the same words
  };

  Result<std::size_t> AddCriterion(const Criterion& criterion);

  std::vector<Subject> subjects_;
  std::vector<CompiledCriterion> criteria_;
  std::map<std::string, std::size_t, std::less<>> subject_numbers_;        // by name
  std::map<std::pair<std::string, Test>, std::size_t> criterion_numbers_;  // by name of the subject, and test
};

// Decides the conditions of one table for one instance. It reads each subject and makes each test
// at most once. Not thread-safe. The table and the facts must outlive it.
class Decision {
 public:
  Decision(const RuleTable& table, const RuleFacts& facts, const attributes::LocalMoment& now);

  Truth Evaluate(const Node& node);
  const SubjectValues& ValuesOf(std::size_t subject);

 private:
  friend class RuleTable;
  Truth EvaluateTest(std::size_t test);

  const RuleTable& table_;
  const RuleFacts& facts_;
  const attributes::LocalMoment& now_;
  std::vector<std::optional<SubjectValues>> subjects_;
  std::vector<std::optional<Truth>> tests_;
};

}  // namespace gateway::routing
