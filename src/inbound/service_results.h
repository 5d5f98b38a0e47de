// Finds the requests to services that an instance from a partner answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/attribute.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/settings/services.h"
#include "ledger/service_requests.h"
#include "routing/router.h"

namespace gateway::inbound {

// Returns what the header reader must read: what inbound rules ask for, and what names the
// instances that a result refers to, if a service is matched by that.
std::vector<AttributePath> AskedOfResults(const routing::Router& router, const std::vector<ServiceSettings>& services);

// Any thread may use it, each one of its own. The ledger must outlive it.
class ServiceResults {
 public:
  ServiceResults(const std::vector<ServiceSettings>& services, ledger::Database& database);

  // Asks the ledger only about partners that are services. `set`: the set that the mail names, or
  // nothing. Error: that of the ledger.
  Result<ledger::AnsweredRequests> RequestsOf(const InstanceHeader& header, const std::string& partner,
                                              const std::optional<std::string>& set);

 private:
  const std::vector<ServiceSettings> services_;
  ledger::ServiceRequests requests_;
};

}  // namespace gateway::inbound
