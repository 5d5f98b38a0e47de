#include "cli/service_commands.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/table.h"
#include "operations/services.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;
using operations::ServiceReport;

std::string WordFor(ResultMatch match) {
  switch (match) {
    case ResultMatch::study:
      return "study";
    case ResultMatch::set:
      return "set";
    case ResultMatch::reference:
      break;
  }
  return "reference";
}

ordered_json ToJson(const ServiceReport& report) {
  const ledger::ServiceFigures& figures = report.figures;
  ordered_json object{{"name", report.name}, {"configured", report.settings.has_value()}};
  if (report.settings) {
    object["partner"] = report.settings->partner;
    object["match"] = WordFor(report.settings->match);
    object["result_within_ms"] = report.settings->result_within.count();
  }
  object["requests"] = figures.requests;
  object["open"] = figures.open;
  object["late"] = figures.late;
  object["failed"] = figures.failed;
  object["answered"] = figures.answered;
  object["results"] = figures.results;
  object["median_turnaround_ms"] =
      figures.median_turnaround ? ordered_json(figures.median_turnaround->count()) : ordered_json(nullptr);
  object["last_result"] = figures.last_result ? ordered_json(FormatTime(*figures.last_result)) : ordered_json(nullptr);
  return object;
}

std::vector<std::string> LineOf(const ServiceReport& report) {
  const ledger::ServiceFigures& figures = report.figures;
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  return {report.name,
          report.settings ? report.settings->partner : "(not configured)",
          number(figures.requests),
          number(figures.open),
          number(figures.late),
          number(figures.failed),
          number(figures.answered),
          number(figures.results),
          figures.median_turnaround ? FormatDuration(*figures.median_turnaround) : "-",
          report.settings ? FormatDuration(report.settings->result_within) : "-"};
}

}  // namespace

int ShowServices(const std::filesystem::path& config, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = OpenSession(config, exit_code);
  if (!session) return exit_code;
  const Result<std::vector<ServiceReport>> services = operations::Services(session->Context());
  if (!services) return PrintError(services.error());
  if (json) {
    ordered_json list = ordered_json::array();
    for (const ServiceReport& report : *services) list.push_back(ToJson(report));
    PrintJson(list);
    return kExitOk;
  }
  std::vector<std::vector<std::string>> table{
      {"SERVICE", "PARTNER", "REQUESTS", "OPEN", "LATE", "FAILED", "ANSWERED", "RESULTS", "MEDIAN", "WITHIN"}};
  for (const ServiceReport& report : *services) table.push_back(LineOf(report));
  PrintTable(Out(), table);
  return kExitOk;
}

}  // namespace gateway::cli
