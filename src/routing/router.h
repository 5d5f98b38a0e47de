// Applies the rules of the configuration in their order. They say which partners get an instance
// from a PACS, and which PACS get an instance from a partner. Every rule that matches adds its
// targets. If several rules name a target, it counts once, with the priority and bundling of the
// first. After a matching rule with `final: true` or `skip: true`, no further rules are tried. A
// rule whose condition cannot be decided does not match. A router is immutable, so any thread may
// use it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/attribute.h"
#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/routes.h"
#include "routing/facts.h"
#include "routing/trace.h"

namespace gateway::routing {

struct OutboundTarget {
  std::string partner;
  std::string rule;
  Priority priority = Priority::normal;
  Bundling bundling = Bundling::study;
  bool changes = false;                         // the rule changes instances
  bool own_completion = false;                  // the rule says when its studies are complete
  std::optional<ServiceSettings> service = {};  // the instances are a request to it
  bool falls_back = false;                      // the rule names a fallback
};

struct InboundTarget {
  std::string pacs;
  std::string rule;
  bool changes = false;
  OnDuplicate duplicates = OnDuplicate::ignore;
};

class Router {
 public:
  // Errors: config "bad-pattern" if a regular expression does not compile, "bad-operand" if a rule
  // compares a value with something that it never is.
  static Result<Router> Create(const RouteSettings& settings);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  [[nodiscard]] std::vector<OutboundTarget> Outbound(const OutboundFacts& facts) const;
  // Returns the rule with `skip` that the instance ends at, or nullptr. Rules before it may have
  // named partners.
  [[nodiscard]] const OutboundRuleSettings* SkippedBy(const OutboundFacts& facts) const;
  [[nodiscard]] std::vector<InboundTarget> Inbound(const InboundFacts& facts) const;

  // Returns the first matching inbound rule with file_documents_to, which says where a non-DICOM
  // document of this study goes. Returns nullptr if there is no such rule. The header is that of an
  // instance of the study. If none has come, the rules cannot know its attributes.
  [[nodiscard]] const InboundRuleSettings* DocumentRule(const InboundFacts& facts) const;

  // Returns the rules that match, in their order, up to a final one.
  [[nodiscard]] std::vector<const OutboundRuleSettings*> OutboundRules(const OutboundFacts& facts) const;
  [[nodiscard]] std::vector<const InboundRuleSettings*> InboundRules(const InboundFacts& facts) const;

  // Say for every rule whether it matches and why, in the order of the rules.
  [[nodiscard]] std::vector<RuleTrace> ExplainOutbound(const OutboundFacts& facts) const;
  [[nodiscard]] std::vector<RuleTrace> ExplainInbound(const InboundFacts& facts) const;

  // Return the attributes that the header reader must read besides those that it always reads.
  [[nodiscard]] const std::vector<AttributePath>& AskedByOutboundRules() const;
  [[nodiscard]] const std::vector<AttributePath>& AskedByInboundRules() const;
  // Returns whether an outbound rule asks for OutboundFacts::study.
  [[nodiscard]] bool AsksForStudy() const;

  // Returns true if some outbound rule could match this called AE title. A rule without called_ae
  // matches any title. If there are no rules, every title is known.
  [[nodiscard]] bool KnowsCalledAe(const std::string& called_ae) const;
  // Returns true if some inbound rule could match what this partner sends.
  [[nodiscard]] bool KnowsPartner(const std::string& partner) const;

 private:
  struct Impl;
  explicit Router(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::routing
