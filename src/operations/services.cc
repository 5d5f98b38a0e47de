#include "operations/services.h"

#include <map>
#include <utility>

namespace gateway::operations {

Result<std::vector<ServiceReport>> Services(const OperatorContext& context) {
  std::map<std::string, ServiceReport> reports;
  for (const ServiceSettings& service : context.settings.services) {
    reports[service.name] = {service.name, service, {.service = service.name}};
  }
  GATEWAY_ASSIGN(std::vector<ledger::ServiceFigures> all, ledger::ServiceLedger(context.database).Figures());
  for (ledger::ServiceFigures& figures : all) {
    ServiceReport& report = reports[figures.service];
    report.name = figures.service;
    report.figures = std::move(figures);
  }
  std::vector<ServiceReport> sorted;
  for (auto& [name, report] : reports) sorted.push_back(std::move(report));
  return sorted;
}

}  // namespace gateway::operations
