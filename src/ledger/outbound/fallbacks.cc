#include "ledger/fallbacks.h"

#include <algorithm>

#include "ledger/rules/message_moves.h"
#include "ledger/rules/shipment_rows.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

const std::string& CandidatesSql() {
  static const std::string kSql = Sql(
      "SELECT id, partner, rule, priority, state, fallback_since FROM shipment WHERE fallback_since IS NOT NULL AND "
      "(state ",
      In(ShipmentState::failed, ShipmentState::refused, ShipmentState::bounced), " OR (state ",
      In(ShipmentState::closed, ShipmentState::sent, ShipmentState::overdue),
      " AND fallback_since <= :before AND EXISTS (SELECT 1 FROM message WHERE message.shipment = shipment.id AND "
      "NOT ",
      kMessageDone,
      "))) AND NOT EXISTS (SELECT 1 FROM message AS held WHERE held.shipment = shipment.id AND "
      "held.state = ",
      MessageState::held, ") ORDER BY id");
  return kSql;
}

std::vector<OpenShipment::Item> LoadItems(Session& session, std::int64_t shipment, const std::string& partner) {
  static const std::string kItems = Sql(
      "SELECT instance.id, file_size FROM shipment_instance AS own JOIN instance ON instance.id = own.instance JOIN "
      "message ON message.id = own.message WHERE own.shipment = :id AND instance.spool_key IS NOT NULL AND "
      "message.state <> ",
      MessageState::cancelled,
      " AND NOT EXISTS (SELECT 1 FROM shipment_instance AS other JOIN shipment ON shipment.id = other.shipment WHERE "
      "other.instance = own.instance AND shipment.partner = :partner) ORDER BY own.position");
  std::vector<OpenShipment::Item> items;
  for (const auto& [instance, size] : session.Rows<std::int64_t, std::uint64_t>(kItems, shipment, partner)) {
    items.push_back({instance, size});
  }
  return items;
}

// Returns whether `messages` holds exactly what the partner would get now.
bool IsAllFor(Session& session, std::int64_t shipment, const FallbackShipment& to) {
  std::vector<std::int64_t> given;
  for (const auto& message : to.messages) given.insert(given.end(), message.begin(), message.end());
  std::vector<std::int64_t> wanted;
  for (const OpenShipment::Item& item : LoadItems(session, shipment, to.partner)) wanted.push_back(item.instance);
  std::sort(given.begin(), given.end());
  std::sort(wanted.begin(), wanted.end());
  return given == wanted;
}

// Its instances are needed again, also those that the first partner has.
std::int64_t Insert(Session& session, std::int64_t shipment, const std::string& rule, const FallbackShipment& to,
                    Time now) {
  static const std::string kInsert = Sql(
      "INSERT INTO shipment (state, partner, mailbox, rule, priority, release_mode, set_id, study_instance_uid, "
      "series_instance_uid, created, last_instance, closed, message_total, changes, fallback_of) SELECT ",
      ShipmentState::closed,
      ", :partner, :mailbox, :rule, priority, release_mode, :set_id, study_instance_uid, "
      "series_instance_uid, :created, :last, :closed, :total, changes, id FROM shipment WHERE id = :id RETURNING id");
  const std::int64_t made = *session.First<std::int64_t>(kInsert, to.partner, to.mailbox, rule, to.set_id, now, now,
                                                         now, to.messages.size(), shipment);
  for (std::size_t i = 0; i < to.messages.size(); ++i) {
    const std::int64_t message = InsertMessage(session, made, i + 1, now);
    for (const std::int64_t instance : to.messages[i]) {
      AddToShipment(session, made, instance, message, now);
      session.Execute("UPDATE instance SET finished = NULL WHERE id = :id AND finished IS NOT NULL", instance);
    }
  }
  return made;
}

}  // namespace

Result<std::vector<FallbackCandidate>> Fallbacks::Candidates(Time since_before) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<FallbackCandidate>> {
    std::vector<FallbackCandidate> candidates;
    for (auto& [id, partner, rule, priority, state, since] :
         session.Rows<std::int64_t, std::string, std::string, Priority, ShipmentState, Time>(CandidatesSql(),
                                                                                             since_before)) {
      candidates.push_back({id, std::move(partner), RuleOf(std::move(rule)), priority, state, since});
    }
    return candidates;
  });
}

Result<std::vector<OpenShipment::Item>> Fallbacks::ItemsFor(std::int64_t shipment, const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<OpenShipment::Item>> {
    return LoadItems(session, shipment, partner);
  });
}

Result<std::optional<std::vector<std::int64_t>>> Fallbacks::Record(const FallbackCandidate& candidate,
                                                                   const std::vector<FallbackShipment>& to, Time now) {
  using Made = std::optional<std::vector<std::int64_t>>;
  return database_.impl().Write([&](Session& session) -> Result<Made> {
    const auto state = session.First<ShipmentState>(
        Sql("SELECT state FROM shipment WHERE id = :id AND fallback_since IS NOT NULL", kLocked), candidate.shipment);
    if (state != candidate.state) return Made();
    // Two shipments of one study may fall back to one partner at the same moment.
    LockRows(session,
             "SELECT instance.id FROM shipment_instance JOIN instance ON instance.id = shipment_instance.instance "
             "WHERE shipment_instance.shipment = :id ORDER BY instance.id",
             candidate.shipment);
    for (const FallbackShipment& one : to) {
      if (!IsAllFor(session, candidate.shipment, one)) return Made();
    }
    session.Execute("UPDATE shipment SET fallback_since = NULL WHERE id = :id", candidate.shipment);
    std::vector<std::int64_t> made;
    made.reserve(to.size());
    for (const FallbackShipment& one : to) {
      made.push_back(one.messages.empty() ? 0 : Insert(session, candidate.shipment, candidate.rule, one, now));
    }
    return Made(std::move(made));
  });
}

}  // namespace gateway::ledger
