#include "routing/router.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "routing/calendar.h"
#include "routing/rule_index.h"
#include "routing/rule_table.h"

namespace gateway::routing {
namespace {

using attributes::LocalMoment;

bool Skips(const OutboundRuleSettings& rule) {
  return rule.skip;
}
bool Skips(const InboundRuleSettings& /*rule*/) {
  return false;
}

template <typename RuleSettings>
bool EndsTable(const RuleSettings& rule) {
  return rule.final || Skips(rule);
}

template <typename RuleSettings>
struct Rule {
  RuleSettings settings;
  Node when;
};

// The rules of one direction.
template <typename RuleSettings>
struct Rules {
  RuleTable table;
  std::vector<Rule<RuleSettings>> rules;
  std::unique_ptr<const RuleIndex> index;
  std::vector<AttributePath> asked;

  static Result<Rules> Compile(const std::vector<RuleSettings>& settings) {
    Rules compiled;
    for (const RuleSettings& rule : settings) {
      auto when = compiled.table.Add(rule.when);
      if (!when) return ErrorNamed(Fault::config, when.error().code, "route " + rule.name + ": " + when.error().detail);
      compiled.rules.push_back({rule, std::move(when).value()});
    }
    std::vector<const Node*> nodes;
    for (const auto& rule : compiled.rules) nodes.push_back(&rule.when);
    compiled.index = std::make_unique<RuleIndex>(compiled.table, nodes);
    compiled.asked = compiled.table.AskedPaths();
    return compiled;
  }

  // Calls `each` with the rules that match, until one is final or `each` returns true.
  void Match(const RuleFacts& facts, const LocalMoment& now,
             const std::function<bool(const RuleSettings&)>& each) const {
    Decision decision(table, facts, now);
    for (const std::size_t number : index->CandidatesFor(decision)) {
      const Rule<RuleSettings>& rule = rules[number];
      if (decision.Evaluate(rule.when) != Truth::yes) continue;
      if (each(rule.settings) || EndsTable(rule.settings)) return;
    }
  }

  // Returns whether some rule could match an instance of which only these facts are known.
  [[nodiscard]] bool CouldMatch(const RuleFacts& facts) const {
    const LocalMoment now;
    Decision decision(table, facts, now);
    return std::any_of(rules.begin(), rules.end(),
                       [&](const Rule<RuleSettings>& rule) { return decision.Evaluate(rule.when) != Truth::no; });
  }

  [[nodiscard]] std::vector<RuleTrace> Explain(const RuleFacts& facts, const LocalMoment& now) const {
    Decision decision(table, facts, now);
    std::vector<RuleTrace> traces;
    bool ended = false;
    for (const Rule<RuleSettings>& rule : rules) {
      RuleTrace trace{rule.settings.name, decision.Evaluate(rule.when), !ended, Skips(rule.settings), {}};
      table.Explain(rule.when, decision, trace.criteria);
      ended = ended || (EndsTable(rule.settings) && trace.truth == Truth::yes);
      traces.push_back(std::move(trace));
    }
    return traces;
  }
};

template <typename Target>
bool Names(const std::vector<Target>& targets, std::string Target::*member, const std::string& name) {
  return std::any_of(targets.begin(), targets.end(), [&](const Target& target) { return target.*member == name; });
}

std::string_view WordFor(Priority priority) {
  switch (priority) {
    case Priority::emergency:
      return "emergency";
    case Priority::normal:
      return "normal";
    case Priority::bulk:
      break;
  }
  return "bulk";
}

// Holds the texts that RuleFacts refers to.
class FactTexts {
 public:
  FactTexts(Time now, const std::vector<std::string>& holidays)
      : now_(attributes::LocalMomentOf(now)), time_(TimeText(now_)), days_(DaysText(now_, holidays)) {}
  FactTexts(const FactTexts&) = delete;
  FactTexts& operator=(const FactTexts&) = delete;

  RuleFacts Of(const OutboundFacts& facts) {
    RuleFacts texts = Common(&facts.header);
    texts.calling_ae = facts.calling_ae;
    texts.called_ae = facts.called_ae;
    if (!facts.caller.empty()) texts.caller = facts.caller;
    if (facts.port != 0) texts.port = port_ = std::to_string(facts.port);
    if (facts.study) {
      texts.instances = instances_ = std::to_string(facts.study->instances);
      texts.bytes = bytes_ = std::to_string(facts.study->bytes);
    }
    return texts;
  }
  RuleFacts Of(const InboundFacts& facts) {
    RuleFacts texts = Common(facts.header);
    texts.partner = facts.partner;
    if (facts.set) texts.set = *facts.set;
    if (facts.service) texts.service = *facts.service;
    if (facts.mail_priority) texts.mail_priority = WordFor(*facts.mail_priority);
    return texts;
  }
  [[nodiscard]] const LocalMoment& now() const { return now_; }

 private:
  RuleFacts Common(const InstanceHeader* header) {
    RuleFacts texts;
    texts.header = header;
    texts.time = time_;
    texts.days = days_;
    return texts;
  }

  const LocalMoment now_;
  const std::string time_;
  const std::string days_;
  std::string port_;
  std::string instances_;
  std::string bytes_;
};

}  // namespace

struct Router::Impl {
  Rules<OutboundRuleSettings> outbound;
  Rules<InboundRuleSettings> inbound;
  std::vector<std::string> holidays;

  void Match(const OutboundFacts& facts, const std::function<bool(const OutboundRuleSettings&)>& each) const {
    FactTexts texts(facts.now, holidays);
    outbound.Match(texts.Of(facts), texts.now(), each);
  }
  void Match(const InboundFacts& facts, const std::function<bool(const InboundRuleSettings&)>& each) const {
    FactTexts texts(facts.now, holidays);
    inbound.Match(texts.Of(facts), texts.now(), each);
  }
};

Router::Router(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<Router> Router::Create(const RouteSettings& settings) {
  auto impl = std::make_unique<Impl>();
  GATEWAY_ASSIGN(impl->outbound, Rules<OutboundRuleSettings>::Compile(settings.outbound));
  GATEWAY_ASSIGN(impl->inbound, Rules<InboundRuleSettings>::Compile(settings.inbound));
  impl->holidays = settings.holidays;
  return Router(std::move(impl));
}

std::vector<OutboundTarget> Router::Outbound(const OutboundFacts& facts) const {
  std::vector<OutboundTarget> targets;
  impl_->Match(facts, [&](const OutboundRuleSettings& rule) {
    for (const std::string& partner : rule.send_to) {
      const auto service = rule.services.find(partner);
      if (!Names(targets, &OutboundTarget::partner, partner)) {
        targets.push_back({partner, rule.name, rule.priority, rule.bundling,
                           !rule.edits.empty() || rule.deidentify != nullptr, rule.complete.has_value(), std::nullopt,
                           !rule.fallback.to.empty()});
      }
      OutboundTarget& target = *std::ranges::find(targets, partner, &OutboundTarget::partner);
      if (service != rule.services.end() && !target.service) target.service = service->second;
    }
    return false;
  });
  return targets;
}

const OutboundRuleSettings* Router::SkippedBy(const OutboundFacts& facts) const {
  const OutboundRuleSettings* skipped_by = nullptr;
  impl_->Match(facts, [&](const OutboundRuleSettings& rule) {
    if (rule.skip) skipped_by = &rule;
    return rule.skip;
  });
  return skipped_by;
}

std::vector<InboundTarget> Router::Inbound(const InboundFacts& facts) const {
  std::vector<InboundTarget> targets;
  impl_->Match(facts, [&](const InboundRuleSettings& rule) {
    for (const std::string& pacs : rule.forward_to) {
      if (Names(targets, &InboundTarget::pacs, pacs)) continue;
      targets.push_back({pacs, rule.name, !rule.edits.empty() || rule.reidentify, rule.duplicates});
    }
    return false;
  });
  return targets;
}

const InboundRuleSettings* Router::DocumentRule(const InboundFacts& facts) const {
  const InboundRuleSettings* found = nullptr;
  impl_->Match(facts, [&](const InboundRuleSettings& rule) {
    if (rule.file_documents_to.empty()) return false;
    found = &rule;
    return true;
  });
  return found;
}

std::vector<const OutboundRuleSettings*> Router::OutboundRules(const OutboundFacts& facts) const {
  std::vector<const OutboundRuleSettings*> rules;
  impl_->Match(facts, [&](const OutboundRuleSettings& rule) { return rules.push_back(&rule), false; });
  return rules;
}

std::vector<const InboundRuleSettings*> Router::InboundRules(const InboundFacts& facts) const {
  std::vector<const InboundRuleSettings*> rules;
  impl_->Match(facts, [&](const InboundRuleSettings& rule) { return rules.push_back(&rule), false; });
  return rules;
}

std::vector<RuleTrace> Router::ExplainOutbound(const OutboundFacts& facts) const {
  FactTexts texts(facts.now, impl_->holidays);
  return impl_->outbound.Explain(texts.Of(facts), texts.now());
}

std::vector<RuleTrace> Router::ExplainInbound(const InboundFacts& facts) const {
  FactTexts texts(facts.now, impl_->holidays);
  return impl_->inbound.Explain(texts.Of(facts), texts.now());
}

const std::vector<AttributePath>& Router::AskedByOutboundRules() const {
  return impl_->outbound.asked;
}

const std::vector<AttributePath>& Router::AskedByInboundRules() const {
  return impl_->inbound.asked;
}

bool Router::AsksForStudy() const {
  return impl_->outbound.table.AsksFor("instances") || impl_->outbound.table.AsksFor("bytes");
}

bool Router::KnowsCalledAe(const std::string& called_ae) const {
  RuleFacts facts;
  facts.called_ae = called_ae;
  return impl_->outbound.rules.empty() || impl_->outbound.CouldMatch(facts);
}

bool Router::KnowsPartner(const std::string& partner) const {
  RuleFacts facts;
  facts.partner = partner;
  return impl_->inbound.CouldMatch(facts);
}

}  // namespace gateway::routing
