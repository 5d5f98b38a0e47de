// What became of messages, and with them of shipments and instances.
#include "ledger/database_impl.h"
#include "ledger/no_such_item.h"
#include "ledger/outbound_ledger.h"

namespace gateway::ledger {
namespace {

void InsertFragments(Session& session, std::int64_t message, const std::vector<Fragment>& fragments) {
  for (const Fragment& fragment : fragments) {
    session.Execute(
        "INSERT INTO message_fragment (message, number, total, state, range_offset, range_length, message_id) "
        "VALUES (:message, :number, :total, 'waiting', :offset, :length, :message_id)",
        message, fragment.number, fragment.total, fragment.range.offset, fragment.range.length, fragment.message_id);
  }
}

// Counts one more sent message; true when the shipment is sent with it. A failure that another worker had recorded for
// the same message is taken back: the mail is out.
bool CountSent(Session& session, std::int64_t shipment, bool had_failed, Time now) {
  const auto [total, sent, failed] = *session.Row<std::int64_t, std::int64_t, std::int64_t>(
      "UPDATE shipment SET messages_sent = messages_sent + 1, messages_failed = messages_failed - :failed "
      "WHERE id = :id RETURNING message_total, messages_sent, messages_failed",
      had_failed, shipment);
  if (sent == total) {
    session.Execute("UPDATE shipment SET state = 'sent', finished = :now WHERE id = :id", now, shipment);
    return true;
  }
  if (had_failed && failed == 0) session.Execute("UPDATE shipment SET state = 'closed' WHERE id = :id", shipment);
  return false;
}

// Marks the message's instances that no message still has to carry.
void FinishInstances(Session& session, std::int64_t message, Time now) {
  session.Execute(
      "UPDATE instance SET finished = :now WHERE id IN (SELECT instance FROM shipment_instance WHERE "
      "message = :message) AND finished IS NULL AND NOT EXISTS (SELECT 1 FROM shipment_instance AS other "
      "LEFT JOIN message ON message.id = other.message WHERE other.instance = instance.id AND "
      "(message.state IS NULL OR message.state <> 'sent'))",
      now, message);
}

Result<void> RecordFailure(Session& session, std::int64_t message, std::string_view state, const Error& error,
                           std::optional<Time> next_try) {
  const auto shipment = session.First<std::int64_t>(
      "UPDATE message SET state = :new_state, tries = tries + 1, error_code = :code, error_detail = :detail, "
      "next_try = :next, claimed_until = 0 WHERE id = :id AND state = :state RETURNING shipment",
      next_try ? state : "failed", error.code, error.detail, next_try.value_or(Time{}), message, state);
  // Nothing changed: a late report of a lease that ran out. Whoever had the message after it knows better.
  if (!shipment || next_try) return {};
  session.Execute("UPDATE shipment SET state = 'failed', messages_failed = messages_failed + 1 WHERE id = :id",
                  *shipment);
  return {};
}

}  // namespace

Result<void> OutboundLedger::RecordSealed(std::int64_t message, const SealedMessage& sealed) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    const auto state = session.First<std::string>("SELECT state FROM message WHERE id = :id", message);
    if (!state) return NoSuchItem(ItemKind::message, message);
    // Sealed by another worker after this one's lease ran out: the first file counts, this one is an orphan.
    if (*state != "waiting") return {};
    session.Execute(
        "UPDATE message SET state = 'sealed', spool_key = :key, size = :size, message_id = :message_id, date = :date, "
        "partial_id = :partial_id, tries = 0, next_try = 0, claimed_until = 0, error_code = '', error_detail = '' "
        "WHERE id = :id",
        sealed.spool_key, sealed.size, sealed.message_id, sealed.date, sealed.partial_id, message);
    InsertFragments(session, message, sealed.fragments);
    return {};
  });
}

Result<void> OutboundLedger::RecordSealFailure(std::int64_t message, const Error& error, std::optional<Time> next_try) {
  return database_.impl().Write(
      [&](Session& session) { return RecordFailure(session, message, "waiting", error, next_try); });
}

Result<void> OutboundLedger::RecordFragmentSent(std::int64_t message, unsigned number, const std::string& reply,
                                                Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE message_fragment SET state = 'sent', reply = :reply, sent = :now WHERE message = :message AND "
        "number = :number AND state = 'waiting'",
        reply, now, message, number);
    return {};
  });
}

Result<bool> OutboundLedger::RecordSent(std::int64_t message, const std::string& reply, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    const auto found =
        session.Row<std::string, std::int64_t>("SELECT state, shipment FROM message WHERE id = :id", message);
    if (!found) return NoSuchItem(ItemKind::message, message);
    const auto& [state, shipment] = *found;
    if (state == "sent") return false;
    session.Execute(
        "UPDATE message SET state = 'sent', reply = :reply, finished = :now, spool_key = NULL, claimed_until = 0, "
        "error_code = '', error_detail = '' WHERE id = :id",
        reply, now, message);
    session.Execute("UPDATE message_fragment SET state = 'sent', sent = :now WHERE message = :id AND state = 'waiting'",
                    now, message);
    const bool last = CountSent(session, shipment, state == "failed", now);
    FinishInstances(session, message, now);
    return last;
  });
}

Result<void> OutboundLedger::RecordSendFailure(std::int64_t message, const Error& error, std::optional<Time> next_try) {
  return database_.impl().Write(
      [&](Session& session) { return RecordFailure(session, message, "sealed", error, next_try); });
}

}  // namespace gateway::ledger
