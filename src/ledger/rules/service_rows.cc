#include "ledger/rules/service_rows.h"

#include "ledger/row_words.h"

namespace gateway::ledger {

void AddServiceRequest(Session& session, std::int64_t shipment, const ServiceSettings& service) {
  session.Execute(
      "INSERT INTO service_request (shipment, service, match_by, result_within) VALUES (:shipment, :service, :match, "
      ":within) ON CONFLICT (shipment) DO NOTHING",
      shipment, service.name, service.match, service.result_within.count());
}

void CopyServiceRequest(Session& session, std::int64_t from, std::int64_t to) {
  session.Execute(
      "INSERT INTO service_request (shipment, service, match_by, result_within) SELECT :to, service, match_by, "
      "result_within FROM service_request WHERE shipment = :from ON CONFLICT (shipment) DO NOTHING",
      to, from);
}

void AddServiceResult(Session& session, const std::vector<std::int64_t>& shipments, std::int64_t instance, Time now) {
  for (const std::int64_t shipment : shipments) {
    // The row is locked by the update, so the request cannot go before its result stands there.
    const auto request = session.Execute(
        "UPDATE service_request SET answered = COALESCE(answered, :now) WHERE shipment = :id", now, shipment);
    if (request == 0) continue;
    session.Execute(
        "INSERT INTO service_result (shipment, instance, received) VALUES (:shipment, :instance, :now) ON CONFLICT "
        "(shipment, instance) DO NOTHING",
        shipment, instance, now);
  }
}

void ForgetServiceRequest(Session& session, std::int64_t shipment) {
  session.Execute("DELETE FROM service_result WHERE shipment = :id", shipment);
  session.Execute("DELETE FROM service_request WHERE shipment = :id", shipment);
}

}  // namespace gateway::ledger
