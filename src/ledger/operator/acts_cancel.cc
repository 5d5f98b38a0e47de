// `cancel`: what was not sent, or stored, is given up for good.
#include "ledger/operator_acts.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

// The partner does not have these, as far as is known.
constexpr std::string_view kCancellable = "('waiting', 'sealed', 'held', 'failed', 'overdue', 'refused', 'bounced')";

void CancelMessage(Session& session, std::int64_t id, Time now, Acted& acted) {
  TakeMessageFile(session, id, acted.message_keys);
  session.Execute(
      "UPDATE message SET finished = COALESCE(finished, :now), claimed_until = 0, next_try = 0 WHERE id = :id", now,
      id);
  MoveMessage(session, id, "cancelled", now);
  ++acted.items;
}

std::string_view HintFor(std::string_view state) {
  if (state == "sent") return "what was sent cannot be called back";
  return "there is nothing to cancel";
}

// With a message an instance, so that a later `resend` has what it needs.
void CloseOpen(Session& session, std::int64_t shipment, Time now) {
  for (const auto& [position, instance] : session.Rows<std::int64_t, std::int64_t>(
           "SELECT position, instance FROM shipment_instance WHERE shipment = :id ORDER BY position", shipment)) {
    const auto message = session.First<std::int64_t>(
        "INSERT INTO message (state, shipment, partner, mailbox, priority, part, created) SELECT 'held', id, partner, "
        "mailbox, priority, :part, :now FROM shipment WHERE id = :id RETURNING id",
        position, now, shipment);
    session.Execute(
        "UPDATE shipment_instance SET message = :message WHERE shipment = :shipment AND position = :position", *message,
        shipment, position);
  }
  session.Execute("UPDATE shipment SET state = 'closed', closed = :now, message_total = instance_count WHERE id = :id",
                  now, shipment);
}

Result<Acted> CancelShipment(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const std::string state, StateOf(session, {ItemKind::shipment, id}));
  if (state == "open") CloseOpen(session, id, now);
  Acted acted;
  const std::string sql =
      "SELECT id FROM message WHERE shipment = :id AND state IN " + std::string(kCancellable) + " ORDER BY part";
  for (const std::int64_t message : session.Column1<std::int64_t>(sql, id)) CancelMessage(session, message, now, acted);
  if (acted.items == 0) return WrongState({ItemKind::shipment, id}, state, HintFor(state));
  session.Execute("UPDATE shipment SET held = 0 WHERE id = :id AND held = 1", id);
  return acted;
}

Result<Acted> CancelOneMessage(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const std::string state, StateOf(session, {ItemKind::message, id}));
  if (kCancellable.find("'" + state + "'") == std::string_view::npos) {
    return WrongState({ItemKind::message, id}, state, HintFor(state));
  }
  Acted acted;
  CancelMessage(session, id, now, acted);
  return acted;
}

Result<Acted> CancelDelivery(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const std::string state, StateOf(session, {ItemKind::delivery, id}));
  if (state != "waiting" && state != "held" && state != "failed") {
    return WrongState({ItemKind::delivery, id}, state, "there is nothing to cancel");
  }
  Acted acted;
  const auto instance = session.First<std::int64_t>(
      "UPDATE delivery SET state = 'cancelled', held = 0, finished = :now, claimed_until = 0, next_try = 0 WHERE "
      "id = :id RETURNING instance",
      now, id);
  FinishInstance(session, *instance, now, acted);
  UpdateReceipts(session, MailsOfInstance(session, *instance), now);
  acted.items = 1;
  return acted;
}

}  // namespace

void FinishInstance(Session& session, std::int64_t instance, Time now, Acted& acted) {
  const auto [open, stored] = *session.Row<std::int64_t, std::int64_t>(
      "SELECT COUNT(CASE WHEN state NOT IN ('stored', 'cancelled') THEN 1 END), COUNT(CASE WHEN state = 'stored' THEN "
      "1 END) FROM delivery WHERE instance = :id",
      instance);
  if (open > 0) return;
  if (stored > 0) {
    session.Execute("UPDATE instance SET state = 'stored', finished = :now WHERE id = :id AND state = 'accepted'", now,
                    instance);
    return;
  }
  for (std::string& key : session.Column1<std::string>(
           "SELECT spool_key FROM instance WHERE id = :id AND state = 'accepted' AND spool_key IS NOT NULL",
           instance)) {
    acted.instance_keys.push_back(std::move(key));
  }
  session.Execute(
      "UPDATE instance SET state = 'dropped', finished = :now, spool_key = NULL WHERE id = :id AND state = 'accepted'",
      now, instance);
}

Result<Acted> OperatorActs::Cancel(ItemId id, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<Acted> {
    RecordAct(session, "cancel", Format(id), now);
    switch (id.kind) {
      case ItemKind::shipment:
        return CancelShipment(session, id.number, now);
      case ItemKind::message:
        return CancelOneMessage(session, id.number, now);
      case ItemKind::delivery:
        return CancelDelivery(session, id.number, now);
      default:
        return NoItemOf(id, "shipment, message or delivery");
    }
  });
}

}  // namespace gateway::ledger
