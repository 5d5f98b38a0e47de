#include "routing/condition.h"

#include <algorithm>
#include <utility>

#include "routing/text_values.h"

namespace gateway::routing {

Result<PatternList> PatternList::Compile(const std::string& key, const Patterns& patterns) {
  PatternList list;
  for (const std::string& text : patterns) {
    auto pattern = Pattern::Create(text);
    if (!pattern) {
      std::string detail = key;
      detail.append(" \"").append(text).append("\": ").append(pattern.error().detail);
      return ConfigError(pattern.error().code, std::move(detail));
    }
    list.patterns_.push_back(std::move(pattern).value());
  }
  return list;
}

bool PatternList::Matches(const std::string& value) const {
  return patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(),
                                          [&](const Pattern& pattern) { return pattern.Matches(value); });
}

bool PatternList::MatchesAny(const std::vector<std::string>& values) const {
  return std::any_of(values.begin(), values.end(), [this](const std::string& value) { return Matches(value); });
}

bool PatternList::MatchesText(const std::string& text) const {
  return patterns_.empty() || MatchesAny(ValuesOf(text));
}

bool PatternList::MatchesName(const std::string& name) const {
  return patterns_.empty() || MatchesAny(NamesOf(name));
}

Result<CompiledCondition> CompiledCondition::Compile(const Condition& condition) {
  CompiledCondition compiled;
  GATEWAY_ASSIGN(compiled.called_ae_, PatternList::Compile("called_ae", condition.called_ae));
  GATEWAY_ASSIGN(compiled.calling_ae_, PatternList::Compile("calling_ae", condition.calling_ae));
  GATEWAY_ASSIGN(compiled.modality_, PatternList::Compile("modality", condition.modality));
  GATEWAY_ASSIGN(compiled.institution_, PatternList::Compile("institution", condition.institution));
  GATEWAY_ASSIGN(compiled.station_, PatternList::Compile("station", condition.station));
  GATEWAY_ASSIGN(compiled.sop_class_, PatternList::Compile("sop_class", condition.sop_class));
  GATEWAY_ASSIGN(compiled.study_description_, PatternList::Compile("study_description", condition.study_description));
  Patterns physicians;
  for (const std::string& text : condition.referring_physician) {
    physicians.push_back(text.starts_with('~') ? text : PlainName(text));
  }
  GATEWAY_ASSIGN(compiled.referring_physician_, PatternList::Compile("referring_physician", physicians));
  GATEWAY_ASSIGN(compiled.partner_, PatternList::Compile("partner", condition.partner));
  return compiled;
}

bool CompiledCondition::Matches(const Facts& facts) const {
  return called_ae_.Matches(facts.called_ae) && calling_ae_.Matches(facts.calling_ae) &&
         partner_.Matches(facts.partner) && modality_.Matches(facts.header.modality) &&
         sop_class_.Matches(facts.header.sop_class_uid) && institution_.MatchesText(facts.header.institution_name) &&
         station_.MatchesText(facts.header.station_name) &&
         study_description_.MatchesText(facts.header.study_description) &&
         referring_physician_.MatchesName(facts.header.referring_physician);
}

bool CompiledCondition::AsksForInstance() const {
  return !(modality_.empty() && sop_class_.empty() && institution_.empty() && station_.empty() &&
           study_description_.empty() && referring_physician_.empty());
}

}  // namespace gateway::routing
