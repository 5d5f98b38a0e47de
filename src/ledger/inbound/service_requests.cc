// Finds the requests that instances answer, and those that need a person.
#include "ledger/service_requests.h"

#include <algorithm>
#include <set>

#include "ledger/rules/service_rows.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMostReferences = 256;

struct Row {
  std::int64_t shipment = 0;
  std::string service;
  bool answered = false;
  auto operator<=>(const Row&) const = default;
};

// `where` joins and narrows the requests of the partner.
template <typename... Values>
void Collect(Session& session, std::set<Row>& rows, const ServiceAnswer& answer, ResultMatch match,
             const std::string& where, const Values&... values) {
  const std::string sql =
      Sql("SELECT service_request.shipment, service, answered IS NOT NULL FROM service_request JOIN "
          "shipment ON shipment.id = service_request.shipment WHERE match_by = ",
          match, " AND shipment.partner = :partner AND ", where);
  for (auto& [shipment, service, answered] :
       session.Rows<std::int64_t, std::string, bool>(sql, answer.partner, values...)) {
    rows.insert({shipment, std::move(service), answered});
  }
}

// Returns the UID, and the UIDs that it stands for.
std::vector<std::string> OldUids(Session& session, const std::string& uid, const std::string& partner) {
  std::vector<std::string> uids = session.FirstColumn<std::string>(
      "SELECT old_value FROM replaced_identifier WHERE kind = 'uid' AND new_value = :new AND partner = :partner", uid,
      partner);
  uids.push_back(uid);
  return uids;
}

std::set<Row> RowsOf(Session& session, const ServiceAnswer& answer) {
  std::set<Row> rows;
  for (const std::string& study : OldUids(session, answer.study_instance_uid, answer.partner)) {
    Collect(session, rows, answer, ResultMatch::study, "shipment.study_instance_uid = :study", study);
  }
  if (!answer.set_id.empty()) {
    Collect(session, rows, answer, ResultMatch::set, "shipment.set_id = :set", answer.set_id);
  }
  const std::size_t count = std::min(answer.references.size(), kMostReferences);
  for (std::size_t i = 0; i < count; ++i) {
    for (const std::string& uid : OldUids(session, answer.references[i], answer.partner)) {
      Collect(session, rows, answer, ResultMatch::reference,
              "shipment.id IN (SELECT shipment_instance.shipment FROM instance JOIN shipment_instance ON "
              "shipment_instance.instance = instance.id WHERE instance.sop_instance_uid = :uid)",
              uid);
    }
  }
  return rows;
}

std::vector<TroubledRequest> Troubled(Session& session, const std::string& condition, const std::string& mark,
                                      std::optional<Time> closed_by, std::size_t limit, Time now) {
  const std::string sql = Sql(
      "SELECT service_request.shipment, service, shipment.partner, result_within FROM service_request JOIN shipment "
      "ON shipment.id = service_request.shipment WHERE answered IS NULL AND ",
      mark, " IS NULL AND ", condition, " ORDER BY service_request.shipment LIMIT :limit", kLocked);
  using Found = std::vector<std::tuple<std::int64_t, std::string, std::string, std::int64_t>>;
  const Found found = closed_by
                          ? session.Rows<std::int64_t, std::string, std::string, std::int64_t>(sql, *closed_by, limit)
                          : session.Rows<std::int64_t, std::string, std::string, std::int64_t>(sql, limit);
  std::vector<TroubledRequest> troubled;
  for (const auto& [shipment, service, partner, within] : found) {
    session.Execute("UPDATE service_request SET " + mark + " = :now WHERE shipment = :id", now, shipment);
    troubled.push_back({shipment, service, partner, Milliseconds(within)});
  }
  return troubled;
}

}  // namespace

Result<AnsweredRequests> ServiceRequests::Find(const ServiceAnswer& answer) {
  return database_.impl().Read([&](Session& session) -> Result<AnsweredRequests> {
    AnsweredRequests found;
    const std::set<Row> rows = RowsOf(session, answer);
    for (const Row& row : rows) {
      if (row.answered) continue;
      found.service = row.service;
      found.shipments.push_back(row.shipment);
    }
    if (found.shipments.empty() && !rows.empty()) found = {rows.rbegin()->service, {rows.rbegin()->shipment}};
    return found;
  });
}

Result<std::string> ServiceRequests::ServiceOf(std::int64_t instance) {
  return database_.impl().Read([&](Session& session) -> Result<std::string> {
    return session
        .First<std::string>(
            "SELECT service FROM service_result JOIN service_request ON service_request.shipment = "
            "service_result.shipment WHERE instance = :id ORDER BY service_result.shipment DESC LIMIT 1",
            instance)
        .value_or("");
  });
}

Result<std::vector<TroubledRequest>> ServiceRequests::RecordLate(std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<TroubledRequest>> {
    return Troubled(session, Sql("shipment.state NOT ", kRequestFailed, " AND shipment.closed + result_within <= :now"),
                    "told_late", now, limit, now);
  });
}

Result<std::vector<TroubledRequest>> ServiceRequests::RecordFailed(std::size_t limit, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<TroubledRequest>> {
    // A person who cancelled it knows.
    const InList lost = In(ShipmentState::failed, ShipmentState::bounced, ShipmentState::refused);
    return Troubled(session, Sql("shipment.state ", lost), "told_failed", std::nullopt, limit, now);
  });
}

}  // namespace gateway::ledger
