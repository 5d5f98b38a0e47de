// A compiled `when:`.
#pragma once

#include <string>
#include <vector>

#include "base/pattern.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::routing {

// What a condition can look at. The texts must outlive the call they are passed to.
struct Facts {
  const InstanceHeader& header;
  const std::string& calling_ae;
  const std::string& called_ae;
  const std::string& partner;
};

// One list: empty matches anything, otherwise one entry must match.
class PatternList {
 public:
  static Result<PatternList> Compile(const std::string& key, const Patterns& patterns);
  [[nodiscard]] bool Matches(const std::string& value) const;
  // The text, or one of its values; of a name, whatever text_values.h makes of it.
  [[nodiscard]] bool MatchesText(const std::string& text) const;
  [[nodiscard]] bool MatchesName(const std::string& name) const;
  [[nodiscard]] bool empty() const { return patterns_.empty(); }

 private:
  [[nodiscard]] bool MatchesAny(const std::vector<std::string>& values) const;

  std::vector<Pattern> patterns_;
};

class CompiledCondition {
 public:
  static Result<CompiledCondition> Compile(const Condition& condition);
  [[nodiscard]] bool Matches(const Facts& facts) const;
  // Does any list look at an attribute of the instance? A pattern could match an attribute that is merely unknown.
  [[nodiscard]] bool AsksForInstance() const;
  [[nodiscard]] const PatternList& called_ae() const { return called_ae_; }

 private:
  PatternList called_ae_, calling_ae_, modality_, institution_, station_, sop_class_, study_description_,
      referring_physician_, partner_;
};

}  // namespace gateway::routing
