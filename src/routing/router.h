// Which partners an instance goes to, and which PACS a received one: the rules of the configuration, in order. Every
// rule that matches adds its targets (once each, the first rule that named a target decides priority and release);
// `final: true` stops. Immutable: any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/routes.h"

namespace gateway::routing {

struct OutboundTarget {
  std::string partner;
  std::string rule;
  Priority priority = Priority::normal;
  Release release = Release::study;
};

struct InboundTarget {
  std::string pacs;
  std::string rule;
};

class Router {
 public:
  // config "bad-pattern": a regular expression that does not compile.
  static Result<Router> Create(const RouteSettings& settings);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  [[nodiscard]] std::vector<OutboundTarget> Outbound(const InstanceHeader& header, const std::string& calling_ae,
                                                     const std::string& called_ae) const;
  [[nodiscard]] std::vector<InboundTarget> Inbound(const InstanceHeader& header, const std::string& partner) const;

  // Says where a non-DICOM document of this study goes: the first matching inbound rule with file_documents_to;
  // nullptr: none has it. `header`: of an instance of the study; nullptr: none came, only rules that ask for nothing of
  // it match.
  [[nodiscard]] const InboundRuleSettings* DocumentRule(const InstanceHeader* header, const std::string& partner) const;

  // True when some outbound rule could match this called AE title; a rule without called_ae matches any. Where no rule
  // names a title at all, every title is known.
  [[nodiscard]] bool KnowsCalledAe(const std::string& called_ae) const;

 private:
  struct Impl;
  explicit Router(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::routing
