// A test of the values of one subject, in compiled form. Immutable, so any thread may use it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "attributes/comparable.h"
#include "base/ip_network.h"
#include "gateway/result.h"
#include "gateway/settings/conditions.h"
#include "routing/subject.h"
#include "routing/text_matcher.h"
#include "routing/truth.h"

namespace gateway::routing {

class CompiledTest {
 public:
  // Errors: config "bad-pattern", "bad-operand", with the operand in the detail.
  static Result<CompiledTest> Compile(const Test& test, const Subject& subject);

  [[nodiscard]] Truth Evaluate(const SubjectValues& values, const attributes::LocalMoment& now) const;

  // Returns the texts of which one must be equal to a form of the value if the test is to hold, or
  // nothing if the test says no such thing.
  [[nodiscard]] std::optional<std::vector<std::string>> NeededTexts() const;

 private:
  // One bound of a range. What a VR that nobody knows is, only the instance tells; so there is an
  // operand for each way of comparison that its text allows.
  struct Bound {
    Test::Op op{};
    std::array<std::optional<attributes::Operand>, 7> operands;  // by Comparison
    double duration = 0;                                         // of within and older_than; milliseconds
  };

  Result<void> AddTexts(const Test& test, const Subject& subject);
  Result<void> AddBound(const Test& test);
  [[nodiscard]] Truth EvaluateTexts(const SubjectValues& values) const;
  [[nodiscard]] Truth EvaluateRange(const SubjectValues& values, const attributes::LocalMoment& now) const;
  [[nodiscard]] Truth EvaluateParts(const SubjectValues& values, const attributes::LocalMoment& now) const;
  [[nodiscard]] attributes::Comparison ComparisonFor(Vr vr) const;
  [[nodiscard]] bool Keeps(const Bound& bound, double value, attributes::Comparison comparison,
                           const attributes::LocalMoment& now) const;

  Test::Op op_ = Test::Op::all_of;
  attributes::Comparison comparison_ = attributes::Comparison::text;
  bool open_comparison_ = false;  // the subject's VR is not known
  bool yes_ = true;               // operand of exists and empty
  std::vector<TextMatcher> texts_;
  std::vector<double> numbers_;  // of the exact texts, where values are compared as numbers
  std::vector<IpNetwork> networks_;
  std::vector<Bound> bounds_;
  std::vector<CompiledTest> parts_;
};

}  // namespace gateway::routing
