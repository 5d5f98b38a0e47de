#include "routing/rule_index.h"

#include <algorithm>
#include <limits>
#include <map>

namespace gateway::routing {
namespace {

// Counts the rules that ask for a text of a subject.
using Frequencies = std::map<std::pair<std::size_t, std::string_view>, std::size_t>;

std::size_t LoadOf(const RuleTable::Needed& needed, const Frequencies& frequencies) {
  std::size_t load = 0;
  for (const std::string& text : needed.texts) load = std::max(load, frequencies.at({needed.subject, text}));
  return load;
}

}  // namespace

RuleIndex::RuleIndex(const RuleTable& table, const std::vector<const Node*>& nodes) {
  std::vector<std::vector<RuleTable::Needed>> needed;
  needed.reserve(nodes.size());
  Frequencies frequencies;
  for (const Node* node : nodes) {
    needed.push_back(table.NeededBy(*node));
    for (const RuleTable::Needed& one : needed.back()) {
      for (const std::string& text : one.texts) ++frequencies[{one.subject, text}];
    }
  }
  for (std::size_t rule = 0; rule < needed.size(); ++rule) {
    // The criterion whose texts the fewest rules share tells most.
    const RuleTable::Needed* best = nullptr;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const RuleTable::Needed& one : needed[rule]) {
      const std::size_t load = LoadOf(one, frequencies);
      if (load < least) best = &one;
      least = std::min(load, least);
    }
    if (best == nullptr) {
      others_.push_back(rule);
      continue;
    }
    for (const std::string& text : best->texts) {
      Rules& rules = Of(best->subject).rules[text];
      if (rules.empty() || rules.back() != rule) rules.push_back(rule);
    }
  }
}

RuleIndex::BySubject& RuleIndex::Of(std::size_t subject) {
  const auto found = std::find_if(subjects_.begin(), subjects_.end(),
                                  [&](const BySubject& candidate) { return candidate.subject == subject; });
  return found == subjects_.end() ? subjects_.emplace_back(BySubject{subject, {}}) : *found;
}

std::vector<std::size_t> RuleIndex::CandidatesFor(Decision& decision) const {
  std::vector<std::size_t> candidates = others_;
  for (const BySubject& by_subject : subjects_) {
    const SubjectValues& values = decision.ValuesOf(by_subject.subject);
    for (const auto* texts : {&values.forms, &values.values}) {
      for (const std::string& text : *texts) {
        const auto found = by_subject.rules.find(text);
        if (found != by_subject.rules.end()) {
          candidates.insert(candidates.end(), found->second.begin(), found->second.end());
        }
      }
    }
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

}  // namespace gateway::routing
