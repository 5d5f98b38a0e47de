// `cancel` gives up for good what was not sent or stored.
#include "ledger/operator_acts.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/derived_files.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Returns whether the partner does not have the message, as far as is known.
bool IsCancellable(MessageState state) {
  using M = MessageState;
  return IsUnsent(state) || IsOneOf(state, M::failed, M::overdue, M::refused, M::bounced);
}

void CancelMessage(Session& session, std::int64_t id, Time now, Acted& acted) {
  TakeMessageFile(session, id, acted.message_keys);
  session.Execute(
      "UPDATE message SET finished = COALESCE(finished, :now), claimed_until = 0, next_try = 0 WHERE id = :id", now,
      id);
  MoveMessage(session, id, MessageState::cancelled, now);
  ++acted.items;
}

// Makes one message for each instance, so that a later `resend` has what it needs.
void CloseOpen(Session& session, std::int64_t shipment, Time now) {
  for (const auto& [position, instance] : session.Rows<std::int64_t, std::int64_t>(
           "SELECT position, instance FROM shipment_instance WHERE shipment = :id ORDER BY position", shipment)) {
    const auto message = session.First<std::int64_t>(
        "INSERT INTO message (state, shipment, partner, mailbox, priority, part, created) SELECT :state, id, partner, "
        "mailbox, priority, :part, :now FROM shipment WHERE id = :id RETURNING id",
        MessageState::held, position, now, shipment);
    session.Execute(
        "UPDATE shipment_instance SET message = :message WHERE shipment = :shipment AND position = :position", *message,
        shipment, position);
  }
  session.Execute(Sql("UPDATE shipment SET state = ", ShipmentState::closed,
                      ", closed = :now, message_total = instance_count WHERE id = :id"),
                  now, shipment);
}

Decided<Acted> CancelShipment(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const ShipmentState state, StateOf<ShipmentState>(session, id));
  if (state == ShipmentState::open) CloseOpen(session, id, now);
  Acted acted;
  for (const auto& [message, message_state] : session.Rows<std::int64_t, MessageState>(
           Sql("SELECT id, state FROM message WHERE shipment = :id ORDER BY part", kLocked), id)) {
    if (IsCancellable(message_state)) CancelMessage(session, message, now, acted);
  }
  if (acted.items == 0) return WrongState(id, state);
  session.Execute("UPDATE shipment SET held = 0 WHERE id = :id AND held = 1", id);
  return acted;
}

Decided<Acted> CancelOneMessage(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const MessageState state, StateOf<MessageState>(session, id));
  if (!IsCancellable(state)) return WrongState(id, state);
  Acted acted;
  CancelMessage(session, id, now, acted);
  return acted;
}

Decided<Acted> CancelDelivery(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const DeliveryState state, StateOf<DeliveryState>(session, id));
  if (!IsOneOf(state, DeliveryState::waiting, DeliveryState::held, DeliveryState::failed)) {
    return WrongState(id, state);
  }
  NoteDoubtIfInHand(session, id);
  Acted acted;
  const auto instance = session.First<std::int64_t>(
      Sql("UPDATE delivery SET state = ", DeliveryState::cancelled,
          ", held = 0, finished = :now, claimed_until = 0, next_try = 0 WHERE id = :id RETURNING instance"),
      now, id);
  FinishInstance(session, *instance, now, acted);
  UpdateReceipts(session, MailsOfInstance(session, *instance), now);
  acted.items = 1;
  return acted;
}

}  // namespace

void FinishInstance(Session& session, std::int64_t instance, Time now, Acted& acted) {
  // The instance's last two deliveries may end at once.
  LockRows(session, "SELECT id FROM instance WHERE id = :id", instance);
  const auto [open, stored] = *session.Row<std::int64_t, std::int64_t>(
      Sql("SELECT COUNT(CASE WHEN state ", NotIn(DeliveryState::stored, DeliveryState::cancelled),
          " THEN 1 END), COUNT(CASE WHEN state = ", DeliveryState::stored,
          " THEN 1 END) FROM delivery WHERE instance = :id"),
      instance);
  if (open > 0) return;
  if (stored > 0) {
    session.Execute(Sql("UPDATE instance SET state = ", InstanceState::stored,
                        ", finished = :now WHERE id = :id AND state = ", InstanceState::accepted),
                    now, instance);
    return;
  }
  for (std::string& key : session.FirstColumn<std::string>(
           Sql("SELECT spool_key FROM instance WHERE id = :id AND state = ", InstanceState::accepted,
               " AND spool_key IS NOT NULL"),
           instance)) {
    acted.instance_keys.push_back(std::move(key));
  }
  const std::int64_t dropped =
      session.Execute(Sql("UPDATE instance SET state = ", InstanceState::dropped,
                          ", finished = :now, spool_key = NULL WHERE id = :id AND state = ", InstanceState::accepted),
                      now, instance);
  if (dropped > 0) ForgetDerivedOf(session, {instance});
}

Decided<Acted> OperatorActs::Cancel(ItemId id, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<Acted> {
    RecordAct(session, "cancel", Format(id), now);
    switch (id.kind) {
      case ItemKind::shipment:
        return CancelShipment(session, id.number, now);
      case ItemKind::message:
        return CancelOneMessage(session, id.number, now);
      case ItemKind::delivery:
        return CancelDelivery(session, id.number, now);
      default:
        return OtherKind(id);
    }
  });
}

}  // namespace gateway::ledger
