#include "routing/router.h"

#include <algorithm>
#include <utility>

#include "routing/condition.h"

namespace gateway::routing {
namespace {

const InstanceHeader kNoInstance;

template <typename RuleSettings>
struct Rule {
  RuleSettings settings;
  CompiledCondition when;
};
using OutboundRule = Rule<OutboundRuleSettings>;
using InboundRule = Rule<InboundRuleSettings>;

template <typename RuleSettings>
Result<std::vector<Rule<RuleSettings>>> CompileRules(const std::vector<RuleSettings>& settings) {
  std::vector<Rule<RuleSettings>> rules;
  for (const RuleSettings& rule : settings) {
    auto when = CompiledCondition::Compile(rule.when);
    if (!when) return ErrorNamed(Fault::config, when.error().code, "route " + rule.name + ": " + when.error().detail);
    rules.push_back({rule, std::move(when).value()});
  }
  return rules;
}

template <typename Target>
bool Names(const std::vector<Target>& targets, std::string Target::*member, const std::string& name) {
  return std::any_of(targets.begin(), targets.end(), [&](const Target& target) { return target.*member == name; });
}

}  // namespace

struct Router::Impl {
  std::vector<OutboundRule> outbound;
  std::vector<InboundRule> inbound;
};

Router::Router(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<Router> Router::Create(const RouteSettings& settings) {
  auto impl = std::make_unique<Impl>();
  GATEWAY_ASSIGN(impl->outbound, CompileRules(settings.outbound));
  GATEWAY_ASSIGN(impl->inbound, CompileRules(settings.inbound));
  return Router(std::move(impl));
}

std::vector<OutboundTarget> Router::Outbound(const InstanceHeader& header, const std::string& calling_ae,
                                             const std::string& called_ae) const {
  std::vector<OutboundTarget> targets;
  for (const OutboundRule& rule : impl_->outbound) {
    if (!rule.when.Matches({header, calling_ae, called_ae, {}})) continue;
    for (const std::string& partner : rule.settings.send_to) {
      if (Names(targets, &OutboundTarget::partner, partner)) continue;
      targets.push_back({partner, rule.settings.name, rule.settings.priority, rule.settings.bundling});
    }
    if (rule.settings.final) break;
  }
  return targets;
}

std::vector<InboundTarget> Router::Inbound(const InstanceHeader& header, const std::string& partner) const {
  std::vector<InboundTarget> targets;
  for (const InboundRule& rule : impl_->inbound) {
    if (!rule.when.Matches({header, {}, {}, partner})) continue;
    for (const std::string& pacs : rule.settings.forward_to) {
      if (Names(targets, &InboundTarget::pacs, pacs)) continue;
      targets.push_back({pacs, rule.settings.name});
    }
    if (rule.settings.final) break;
  }
  return targets;
}

const InboundRuleSettings* Router::DocumentRule(const InstanceHeader* header, const std::string& partner) const {
  for (const InboundRule& rule : impl_->inbound) {
    // A pattern could match the empty text of an attribute that is only unknown.
    if (header == nullptr && rule.when.AsksForInstance()) continue;
    if (!rule.when.Matches({header == nullptr ? kNoInstance : *header, {}, {}, partner})) continue;
    if (!rule.settings.file_documents_to.empty()) return &rule.settings;
    if (rule.settings.final) break;
  }
  return nullptr;
}

bool Router::KnowsCalledAe(const std::string& called_ae) const {
  const auto& rules = impl_->outbound;
  return rules.empty() || std::any_of(rules.begin(), rules.end(), [&](const OutboundRule& rule) {
           return rule.when.MatchesCalledAe(called_ae);  // a rule without called_ae matches every title
         });
}

}  // namespace gateway::routing
