// The services of the configuration, and what was asked of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/services.h"
#include "ledger/service_figures.h"
#include "operations/operator_context.h"

namespace gateway::operations {

struct ServiceReport {
  std::string name;
  // nullopt: the configuration has no such service any more, and the ledger has requests to it.
  std::optional<ServiceSettings> settings;
  ledger::ServiceFigures figures;  // all of them 0 if nothing was asked of it
};

// Returns the services by name. Error: that of the ledger.
Result<std::vector<ServiceReport>> Services(const OperatorContext& context);

}  // namespace gateway::operations
