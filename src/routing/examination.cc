#include "routing/examination.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "base/joined.h"
#include "routing/fallback_examination.h"
#include "routing/implication.h"
#include "routing/router.h"

namespace gateway::routing {
namespace {

const std::vector<std::string>& TargetsOf(const OutboundRuleSettings& rule) {
  return rule.send_to;
}
const std::vector<std::string>& TargetsOf(const InboundRuleSettings& rule) {
  return rule.forward_to;
}
bool DoesMore(const OutboundRuleSettings& /*rule*/) {
  return false;
}
bool Skips(const OutboundRuleSettings& rule) {
  return rule.skip;
}
bool Skips(const InboundRuleSettings& /*rule*/) {
  return false;
}
bool DoesMore(const InboundRuleSettings& rule) {
  return !rule.file_documents_to.empty();
}

// Examines the rules of one direction. Only rules that have a target in common, and final rules,
// are compared with each other, since a hub has thousands of rules.
template <typename RuleSettings>
class Examiner {
 public:
  Examiner(const std::vector<RuleSettings>& rules, std::vector<Finding>& findings)
      : rules_(rules), findings_(findings) {}

  void Run() {
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const bool ends = rules_[i].final || Skips(rules_[i]);
      const std::string why = WhyNever(rules_[i].when);
      if (!why.empty()) {
        Add(i, "it can never match: " + why);
      } else if (!Unreachable(i)) {
        AddsNothing(i);
        if (ends) Overlaps(i);
      }
      if (ends) finals_.push_back(i);
      for (const std::string& target : TargetsOf(rules_[i])) by_target_[target].push_back(i);
    }
  }

 private:
  void Add(std::size_t rule, std::string message) {
    findings_.push_back({"route " + rules_[rule].name, "rule " + rules_[rule].name + ": " + std::move(message)});
  }

  [[nodiscard]] std::string KindOf(std::size_t rule) const { return Skips(rules_[rule]) ? "skip" : "final"; }

  bool Unreachable(std::size_t rule) {
    for (const std::size_t final : finals_) {
      if (!Implies(rules_[rule].when, rules_[final].when)) continue;
      Add(rule, "no instance reaches it: everything that it matches ends at the " + KindOf(final) + " rule " +
                    rules_[final].name + " before it");
      return true;
    }
    return false;
  }

  void AddsNothing(std::size_t rule) {
    std::vector<std::string> given, rest;
    std::string by;
    for (const std::string& target : TargetsOf(rules_[rule])) {
      const std::vector<std::size_t>& before = by_target_[target];
      const auto other = std::find_if(before.begin(), before.end(), [&](std::size_t earlier) {
        return Implies(rules_[rule].when, rules_[earlier].when);
      });
      if (other == before.end()) {
        rest.push_back(target);
      } else {
        given.push_back(target);
        if (by.empty()) by = rules_[*other].name;
      }
    }
    if (given.empty()) return;
    const bool nothing = rest.empty() && !rules_[rule].final && !DoesMore(rules_[rule]);
    Add(rule, nothing ? "it adds nothing: rule " + by + " before it already names " + Joined(given) +
                            " for everything that it matches"
                      : "for " + Joined(given) + " it changes nothing: rule " + by +
                            " before it already names them for everything that this rule matches");
  }

  void Overlaps(std::size_t rule) {
    for (const std::size_t other : finals_) {
      if (Skips(rules_[other])) continue;  // that is what it is for
      if (TargetsOf(rules_[other]) == TargetsOf(rules_[rule])) continue;
      if (!CertainlyOverlap(rules_[rule].when, rules_[other].when)) continue;
      Add(rule, "instances that the final rule " + rules_[other].name +
                    " before it matches as well never reach it; order the two, or make their conditions exclude each "
                    "other");
      return;
    }
  }

  const std::vector<RuleSettings>& rules_;
  std::vector<Finding>& findings_;
  std::vector<std::size_t> finals_;
  std::map<std::string, std::vector<std::size_t>> by_target_;
};

template <typename RuleSettings>
std::set<std::string> AllTargets(const std::vector<RuleSettings>& rules) {
  std::set<std::string> targets;
  for (const RuleSettings& rule : rules) targets.insert(TargetsOf(rule).begin(), TargetsOf(rule).end());
  return targets;
}

void FindUnused(const RouteSettings& routes, const std::vector<std::string>& partners,
                const std::vector<std::string>& pacs, std::vector<Finding>& findings) {
  std::set<std::string> sent_to = AllTargets(routes.outbound);
  for (const OutboundRuleSettings& rule : routes.outbound) {
    sent_to.insert(rule.fallback.to.begin(), rule.fallback.to.end());
  }
  for (const std::string& partner : partners) {
    if (!sent_to.contains(partner)) {
      findings.push_back({"partner " + partner, "partner " + partner + ": no outbound rule sends to it"});
    }
  }
  std::set<std::string> forwarded_to = AllTargets(routes.inbound);
  for (const InboundRuleSettings& rule : routes.inbound) {
    if (rule.fallback) forwarded_to.insert(rule.fallback->to.begin(), rule.fallback->to.end());
  }
  for (const OutboundRuleSettings& rule : routes.outbound) {
    if (rule.complete && rule.complete->by == CompleteBy::count) forwarded_to.insert(rule.complete->at);
  }
  for (const std::string& name : pacs) {
    if (!forwarded_to.contains(name)) {
      findings.push_back({"pacs " + name, "pacs " + name + ": no inbound rule forwards to it"});
    }
  }
}

// Whoever takes an attribute out before an instance leaves the hospital seldom means its value to
// travel in Original Attributes Sequence. De-identification removes that sequence.
void FindKeptOriginals(const RouteSettings& routes, std::vector<Finding>& findings) {
  for (const OutboundRuleSettings& rule : routes.outbound) {
    const bool removes = std::ranges::any_of(
        rule.edits, [](const Edit& edit) { return edit.kind == EditKind::remove || edit.kind == EditKind::keep_only; });
    if (!removes || !rule.original_attributes || rule.deidentify != nullptr) continue;
    findings.push_back({"route " + rule.name,
                        "rule " + rule.name +
                            ": it removes attributes, but their values go along in Original Attributes Sequence; "
                            "original_attributes: false leaves them out"});
  }
}

// Two PACS that stand in for each other by different rules take nothing from one another: an
// instance that fell back does not fall back once more.
void FindFallbackCircles(const RouteSettings& routes, std::vector<Finding>& findings) {
  const auto falls_back = [](const InboundRuleSettings& rule, const std::string& from, const std::string& to) {
    return rule.fallback && std::ranges::find(rule.forward_to, from) != rule.forward_to.end() &&
           std::ranges::find(rule.fallback->to, to) != rule.fallback->to.end();
  };
  for (const InboundRuleSettings& rule : routes.inbound) {
    if (!rule.fallback) continue;
    for (const std::string& from : rule.forward_to) {
      for (const std::string& to : rule.fallback->to) {
        const auto other = std::ranges::find_if(
            routes.inbound, [&](const InboundRuleSettings& one) { return falls_back(one, to, from); });
        if (other == routes.inbound.end()) continue;
        findings.push_back({"route " + rule.name, "rule " + rule.name + ": " + from + " falls back to " + to +
                                                      ", and by rule " + other->name + " " + to + " falls back to " +
                                                      from + "; an instance falls back only once"});
      }
    }
  }
}

bool Changes(const Edit& edit, std::uint32_t tag) {
  const auto is = [&](const AttributePath& path) { return path.steps.size() == 1 && path.steps[0].tag == tag; };
  return is(edit.attribute) || std::ranges::any_of(edit.attributes, is);
}

// Another hospital's PatientID may be that of one of our patients.
void FindForeignPatients(const RouteSettings& routes, std::vector<Finding>& findings) {
  constexpr std::uint32_t kPatientId = 0x00100020;
  constexpr std::uint32_t kIssuerOfPatientId = 0x00100021;
  for (const InboundRuleSettings& rule : routes.inbound) {
    const bool safe = std::ranges::any_of(rule.edits, [&](const Edit& edit) {
      return edit.kind == EditKind::keep_only ? false : Changes(edit, kPatientId) || Changes(edit, kIssuerOfPatientId);
    });
    if (rule.forward_to.empty() || safe) continue;
    findings.push_back({"route " + rule.name,
                        "rule " + rule.name +
                            ": it changes neither PatientID nor IssuerOfPatientID, so a patient of the sender may look "
                            "like one of yours; see \"Patients of other hospitals\" in docs/routing.md"});
  }
}

}  // namespace

std::vector<Finding> Examine(const RouteSettings& routes, const std::vector<std::string>& partners,
                             const std::vector<std::string>& pacs) {
  std::vector<Finding> findings;
  Examiner<OutboundRuleSettings>(routes.outbound, findings).Run();
  Examiner<InboundRuleSettings>(routes.inbound, findings).Run();
  ExamineFallbacks(routes.outbound, findings);
  for (const OutboundRuleSettings& rule : routes.outbound) {
    if (!rule.window || rule.priority != Priority::emergency) continue;
    findings.push_back({"route " + rule.name,
                        "rule " + rule.name + ": its window never counts, because emergencies leave at any time"});
  }
  FindUnused(routes, partners, pacs, findings);
  FindKeptOriginals(routes, findings);
  FindFallbackCircles(routes, findings);
  FindForeignPatients(routes, findings);
  if (const auto router = Router::Create(routes)) {
    for (const std::string& partner : partners) {
      if (router->KnowsPartner(partner)) continue;
      findings.push_back({"partner " + partner, "partner " + partner + ": no inbound rule can match what it sends"});
    }
  }
  return findings;
}

}  // namespace gateway::routing
