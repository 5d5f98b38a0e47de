#include "ledger/rules/shipment_rows.h"

#include "gateway/item_id.h"
#include "ledger/rules/holds.h"
#include "ledger/states.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

std::string RuleOf(std::string rule) {
  for (std::size_t blank = rule.rfind(' '); blank != std::string::npos; blank = rule.rfind(' ')) {
    const auto added = ParseItemId(std::string_view(rule).substr(blank + 1));
    if (!added || added->kind != ItemKind::shipment) break;
    rule.resize(blank);
  }
  return rule;
}

void AddToShipment(Session& session, std::int64_t shipment, std::int64_t instance, std::optional<std::int64_t> message,
                   Time now) {
  // The new count is the position. Count and position come from one statement, so two instances
  // never get the same position.
  const auto position = session.First<std::int64_t>(
      "UPDATE shipment SET instance_count = instance_count + 1, last_instance = :now WHERE id = :id "
      "RETURNING instance_count",
      now, shipment);
  session.Execute(
      "INSERT INTO shipment_instance (shipment, position, instance, message) VALUES (:shipment, :position, :instance, "
      ":message)",
      shipment, *position, instance, message);
}

std::int64_t InsertMessage(Session& session, std::int64_t shipment, std::size_t part, Time now) {
  if constexpr (!kLocked.empty()) {
    const auto partner = session.First<std::string>("SELECT partner FROM shipment WHERE id = :id", shipment);
    if (partner) ShareHold(session, {DestinationKind::partner, *partner});
  }
  return *session.First<std::int64_t>(
      Sql("INSERT INTO message (state, shipment, partner, mailbox, priority, part, created) SELECT CASE WHEN held = 1 "
          "OR ",
          IsHeldSql(DestinationKind::partner, "shipment.partner"), " THEN ", MessageState::held, " ELSE ",
          MessageState::waiting,
          " END, id, partner, mailbox, priority, :part, :created FROM shipment WHERE id = :id RETURNING id"),
      part, now, shipment);
}

}  // namespace gateway::ledger
