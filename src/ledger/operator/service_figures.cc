// Counts what was asked of services and what came back.
#include "ledger/service_figures.h"

#include <algorithm>

#include "ledger/rules/service_rows.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMostTurnarounds = 1000;

std::int64_t Count(Session& session, const std::string& service, const std::string& condition) {
  return *session.First<std::int64_t>(Sql("SELECT COUNT(*) FROM service_request JOIN shipment ON shipment.id = "
                                          "service_request.shipment WHERE service = "
                                          ":service",
                                          condition),
                                      service);
}

std::optional<Milliseconds> MedianTurnaround(Session& session, const std::string& service) {
  auto turnarounds = session.FirstColumn<std::int64_t>(
      "SELECT answered - shipment.closed FROM service_request JOIN shipment ON shipment.id = service_request.shipment "
      "WHERE service = :service AND answered IS NOT NULL AND shipment.closed IS NOT NULL ORDER BY answered DESC LIMIT "
      ":limit",
      service, kMostTurnarounds);
  if (turnarounds.empty()) return std::nullopt;
  // The lower one of the two in the middle, so that it is a time that was measured.
  const auto middle = turnarounds.begin() + static_cast<std::ptrdiff_t>((turnarounds.size() - 1) / 2);
  std::nth_element(turnarounds.begin(), middle, turnarounds.end());
  return Milliseconds(*middle);
}

ServiceFigures FiguresOf(Session& session, std::string service) {
  ServiceFigures figures;
  figures.requests = Count(session, service, "");
  figures.open = Count(session, service, Sql(" AND answered IS NULL AND shipment.state NOT ", kRequestFailed));
  figures.late = Count(session, service,
                       Sql(" AND answered IS NULL AND told_late IS NOT NULL AND shipment.state NOT ", kRequestFailed));
  figures.failed = Count(session, service, Sql(" AND answered IS NULL AND shipment.state ", kRequestFailed));
  figures.answered = Count(session, service, " AND answered IS NOT NULL");
  const std::string results =
      " FROM service_result JOIN service_request ON service_request.shipment = service_result.shipment WHERE service = "
      ":service";
  figures.results = *session.First<std::int64_t>("SELECT COUNT(DISTINCT instance)" + results, service);
  figures.last_result =
      session.First<std::optional<Time>>("SELECT MAX(received)" + results, service).value_or(std::nullopt);
  figures.median_turnaround = MedianTurnaround(session, service);
  figures.service = std::move(service);
  return figures;
}

}  // namespace

Result<std::vector<ServiceFigures>> ServiceLedger::Figures() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<ServiceFigures>> {
    std::vector<ServiceFigures> all;
    for (std::string& service :
         session.FirstColumn<std::string>("SELECT DISTINCT service FROM service_request ORDER BY service")) {
      all.push_back(FiguresOf(session, std::move(service)));
    }
    return all;
  });
}

}  // namespace gateway::ledger
