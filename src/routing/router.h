// Applies the rules of the configuration in their order. They say which partners get an instance
// from a PACS, and which PACS get an instance from a partner. Every rule that matches adds its
// targets. If several rules name a target, it counts once, with the priority and bundling of the
// first. After a matching rule with `final: true`, no further rules are tried. A router is
// immutable, so any thread may use it.
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
  Bundling bundling = Bundling::study;
};

struct InboundTarget {
  std::string pacs;
  std::string rule;
};

class Router {
 public:
  // Error: config "bad-pattern" if a regular expression does not compile.
  static Result<Router> Create(const RouteSettings& settings);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  [[nodiscard]] std::vector<OutboundTarget> Outbound(const InstanceHeader& header, const std::string& calling_ae,
                                                     const std::string& called_ae) const;
  [[nodiscard]] std::vector<InboundTarget> Inbound(const InstanceHeader& header, const std::string& partner) const;

  // Returns the first matching inbound rule with file_documents_to, which says where a non-DICOM
  // document of this study goes. Returns nullptr if there is no such rule. `header` is that of an
  // instance of the study. It is nullptr if none has come; then only rules that ask for no
  // attribute of an instance match.
  [[nodiscard]] const InboundRuleSettings* DocumentRule(const InstanceHeader* header, const std::string& partner) const;

  // Returns true if some outbound rule could match this called AE title. A rule without called_ae
  // matches any title. If there are no rules, every title is known.
  [[nodiscard]] bool KnowsCalledAe(const std::string& called_ae) const;

 private:
  struct Impl;
  explicit Router(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::routing
