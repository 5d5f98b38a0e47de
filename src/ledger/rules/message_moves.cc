#include "ledger/rules/message_moves.h"

#include <array>

#include "ledger/rules/fallback_wait.h"
#include "ledger/rules/holds.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// The numbers that a message adds to its shipment's counts.
struct Counts {
  int sent = 0;
  int failed = 0;
  int overdue = 0;
  int delivered = 0;
  int warned = 0;
  int refused = 0;
  int bounced = 0;
  int cancelled = 0;
  bool operator==(const Counts&) const = default;
};

// Returns the same as kMessageMailed does in SQL.
bool IsMailed(MessageState state) {
  using M = MessageState;
  return IsOneOf(state, M::sent, M::overdue, M::delivered, M::warning, M::refused, M::bounced);
}

Counts CountsOf(MessageState state) {
  Counts counts;
  counts.failed = state == MessageState::failed ? 1 : 0;
  counts.overdue = state == MessageState::overdue ? 1 : 0;
  counts.delivered = state == MessageState::delivered ? 1 : 0;
  counts.warned = state == MessageState::warning ? 1 : 0;
  counts.refused = state == MessageState::refused ? 1 : 0;
  counts.bounced = state == MessageState::bounced ? 1 : 0;
  counts.cancelled = state == MessageState::cancelled ? 1 : 0;
  counts.sent = IsMailed(state) ? 1 : 0;
  return counts;
}

// The first state that fits counts (docs/ledger.md). No other place decides what a shipment's state
// is; `verify` checks it by a query of its own (care/consistency_rules.cc).
ShipmentState StateByMessages(std::int64_t total, const Counts& counts) {
  if (counts.failed > 0) return ShipmentState::failed;
  if (counts.bounced > 0) return ShipmentState::bounced;
  if (counts.refused > 0) return ShipmentState::refused;
  if (counts.sent + counts.cancelled < total) return ShipmentState::closed;
  if (counts.overdue > 0) return ShipmentState::overdue;
  if (counts.cancelled > 0) return ShipmentState::cancelled;
  if (counts.delivered == total) return ShipmentState::delivered;
  if (counts.delivered + counts.warned == total) return ShipmentState::warning;
  return ShipmentState::sent;
}

// Nothing of the shipment is awaited any more. For one that is sent, a receipt may still come.
bool IsFinished(ShipmentState state) {
  using S = ShipmentState;
  return IsOneOf(state, S::sent, S::delivered, S::warning, S::cancelled);
}

constexpr std::string_view kInstancesOf =
    "SELECT instance.id FROM shipment_instance JOIN instance ON instance.id = shipment_instance.instance "
    "WHERE shipment_instance.message = :message";
constexpr std::string_view kDocumentsOf = "SELECT id FROM document WHERE message = :message";

// An instance may belong to several shipments. It is finished with the last message that carries
// it.
void Finish(Session& session, std::int64_t message, Time now) {
  static const std::string kInstances =
      "UPDATE instance SET finished = :now WHERE id IN (SELECT instance FROM shipment_instance WHERE "
      "message = :message) AND finished IS NULL AND NOT EXISTS (SELECT 1 FROM shipment_instance AS other "
      "LEFT JOIN message ON message.id = other.message WHERE other.instance = instance.id AND "
      "(message.state IS NULL OR NOT " +
      std::string(kMessageDone) + "))";
  static const std::string kDocuments =
      "UPDATE document SET finished = :now WHERE message = :message AND finished IS NULL AND EXISTS (SELECT 1 FROM "
      "message WHERE message.id = document.message AND " +
      std::string(kMessageDone) + ")";
  // Another message that carries one may be finished at the same moment.
  LockRows(session, kInstancesOf, message);
  session.Execute(kInstances, now, message);
  session.Execute(kDocuments, now, message);
}

void Unfinish(Session& session, std::int64_t message) {
  session.Execute(
      "UPDATE instance SET finished = NULL WHERE id IN (SELECT instance FROM shipment_instance WHERE "
      "message = :message) AND finished IS NOT NULL",
      message);
  session.Execute("UPDATE document SET finished = NULL WHERE message = :message AND finished IS NOT NULL", message);
}

// Corrects the shipment's counts after the message went from one state to another. The UPDATE adds
// differences and returns the sums in one statement. So two messages of a shipment that move at
// once are both counted.
void Recount(Session& session, MessageState from, MessageState to, MovedMessage& moved, Time now) {
  const Counts before = CountsOf(from);
  const Counts after = CountsOf(to);
  if (before == Counts() && after == Counts()) return;  // it waits as before
  Counts counts;
  std::int64_t total = 0;
  std::tie(moved.shipment_before, total, counts.sent, counts.failed, counts.overdue, counts.delivered, counts.warned,
           counts.refused, counts.bounced, counts.cancelled) =
      *session.Row<ShipmentState, std::int64_t, int, int, int, int, int, int, int, int>(
          "UPDATE shipment SET messages_sent = messages_sent + :sent, messages_failed = messages_failed + :failed, "
          "messages_overdue = messages_overdue + :overdue, messages_delivered = messages_delivered + :delivered, "
          "messages_warned = messages_warned + :warned, messages_refused = messages_refused + :refused, "
          "messages_bounced = messages_bounced + :bounced, messages_cancelled = messages_cancelled + :cancelled "
          "WHERE id = :id RETURNING state, message_total, messages_sent, messages_failed, messages_overdue, "
          "messages_delivered, messages_warned, messages_refused, messages_bounced, messages_cancelled",
          after.sent - before.sent, after.failed - before.failed, after.overdue - before.overdue,
          after.delivered - before.delivered, after.warned - before.warned, after.refused - before.refused,
          after.bounced - before.bounced, after.cancelled - before.cancelled, moved.shipment);
  moved.all_sent = counts.sent + counts.cancelled == total;
  const ShipmentState state = StateByMessages(total, counts);
  moved.shipment_state = state;
  if (state == moved.shipment_before) return;
  session.Execute("UPDATE shipment SET state = :state WHERE id = :id", state, moved.shipment);
  if (state == ShipmentState::sent) StopWaitingForFallback(session, moved.shipment);
  if (IsFinished(state)) {
    session.Execute("UPDATE shipment SET finished = :now WHERE id = :id", now, moved.shipment);
  } else if (!moved.all_sent) {
    session.Execute("UPDATE shipment SET finished = NULL WHERE id = :id AND finished IS NOT NULL", moved.shipment);
  }
}

}  // namespace

// A hold wins over any state in which a worker would take the message in hand. So nobody has to
// remember the holds of persons when a message is to be tried again.
MovedMessage MoveMessage(Session& session, std::int64_t message, MessageState to, Time now) {
  using M = MessageState;
  MovedMessage moved;
  M from{};
  std::tie(from, moved.shipment) = *session.Row<MessageState, std::int64_t>(
      Sql("SELECT state, shipment FROM message WHERE id = :id", kLocked), message);
  if (IsOneOf(to, M::waiting, M::sealed) && IsMessageHeld(session, message)) to = M::held;
  session.Execute(to == M::held ? "UPDATE message SET state = :state WHERE id = :id"
                                : "UPDATE message SET state = :state, held = 0 WHERE id = :id",
                  to, message);
  Recount(session, from, to, moved, now);
  if (from == M::cancelled) Unfinish(session, message);
  if (IsOneOf(to, M::sent, M::delivered, M::warning, M::cancelled)) {
    Finish(session, message, now);
  } else if (IsOneOf(to, M::waiting, M::held, M::refused, M::bounced)) {
    Unfinish(session, message);
  }
  return moved;
}

// The message is young again, because its tries begin anew. Its fragments go, because it may be cut
// into other pieces when it is sealed again.
MovedMessage SendAgain(Session& session, std::int64_t message, Time next_try, Time now) {
  session.Execute(
      "UPDATE message SET created = :now, finished = NULL, tries = 0, next_try = :next, claimed_until = 0, reply = '', "
      "error_code = '', error_detail = '' WHERE id = :id",
      now, next_try, message);
  session.Execute("DELETE FROM message_fragment WHERE message = :id", message);
  return MoveMessage(session, message, MessageState::waiting, now);
}

bool HasItsFiles(Session& session, std::int64_t message) {
  // The locks keep the files there, if they are there now.
  LockRows(session, kInstancesOf, message);
  LockRows(session, kDocumentsOf, message);
  const auto instance = session.First<std::int64_t>(
      "SELECT instance.id FROM shipment_instance JOIN instance ON instance.id = instance WHERE message = :id AND "
      "spool_key IS NULL LIMIT 1",
      message);
  const auto document =
      session.First<std::int64_t>("SELECT id FROM document WHERE message = :id AND spool_key IS NULL LIMIT 1", message);
  return !instance && !document;
}

void TakeMessageFile(Session& session, std::int64_t message, std::vector<std::string>& keys) {
  for (std::string& key : session.FirstColumn<std::string>(
           Sql("SELECT spool_key FROM message WHERE id = :id AND spool_key IS NOT NULL", kLocked), message)) {
    keys.push_back(std::move(key));
  }
  session.Execute("UPDATE message SET spool_key = NULL WHERE id = :id AND spool_key IS NOT NULL", message);
}

}  // namespace gateway::ledger
