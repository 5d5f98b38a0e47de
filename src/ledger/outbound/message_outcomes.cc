// Records what became of messages on our side: sealed, sent or failed.
#include "ledger/rules/message_moves.h"
#include "ledger/rules/partner_memory.h"
#include "ledger/seal_queue.h"
#include "ledger/sealed_message.h"
#include "ledger/send_queue.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

void InsertFragments(Session& session, std::int64_t message, const std::vector<Fragment>& fragments) {
  for (const Fragment& fragment : fragments) {
    session.Execute(
        "INSERT INTO message_fragment (message, number, total, state, range_offset, range_length, message_id) "
        "VALUES (:message, :number, :total, :state, :offset, :length, :message_id)",
        message, fragment.number, fragment.total, FragmentState::waiting, fragment.range.offset, fragment.range.length,
        fragment.message_id);
  }
}

void InsertSentId(Session& session, std::int64_t message, const std::string& message_id, const std::string& nonce) {
  if (message_id.empty()) return;
  session.Execute(
      "INSERT INTO sent_id (message_id, message, nonce) VALUES (:message_id, :message, :nonce) "
      "ON CONFLICT (message_id) DO NOTHING",
      message_id, message, nonce);
}

// The state in which a worker takes a message in hand. A message that was held meanwhile is held
// from that state.
const std::string kHeldFrom = Sql("CASE WHEN state <> ", MessageState::held, " THEN state WHEN spool_key IS NULL THEN ",
                                  MessageState::waiting, " ELSE ", MessageState::sealed, " END");

// `state` is the state in which a worker takes the message in hand.
Result<bool> RecordFailedTry(Session& session, const std::string& node, std::int64_t message, MessageState state,
                             const Error& error, std::optional<Time> next_try) {
  static const std::string kFail =
      Sql("UPDATE message SET tries = tries + 1, error_code = :code, error_detail = :detail, next_try = :next, "
          "claimed_until = 0 WHERE id = :id AND ",
          kHeldFrom, " = :state", kIsOurs, " RETURNING state");
  const auto now_in =
      session.First<MessageState>(kFail, error.code, error.detail, next_try.value_or(Time{}), message, state, node);
  // Nothing changed, so this is a late outcome of a lease that ran out. Whoever had the message
  // afterwards knows better.
  if (!now_in) return false;
  // A held message stays held, until a person releases it to be tried anew.
  if (!next_try && now_in != MessageState::held) MoveMessage(session, message, MessageState::failed, Time{});
  return true;
}

}  // namespace

Result<bool> SealQueue::RecordSealed(std::int64_t message, const SealedMessage& sealed) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    const auto found = session.Row<MessageState, std::string, std::string, std::string>(
        Sql("SELECT ", kHeldFrom, ", partner, mailbox, claimed_by FROM message WHERE id = :id", kLocked), message);
    if (!found) return NoSuchItem(ItemKind::message, message);
    const auto& [state, partner, mailbox, claimed_by] = *found;
    // A person redirected it meanwhile. It still waits to be sealed for the other destination.
    if (!sealed.partner.empty() && (sealed.partner != partner || sealed.mailbox != mailbox)) return false;
    // Another worker sealed it after this one's lease ran out, or an older copy got its receipt, or
    // another node is sealing it.
    if (state != MessageState::waiting || IsOfAnother(database_, claimed_by)) return false;
    session.Execute(
        "UPDATE message SET spool_key = :key, size = :size, message_id = :message_id, date = :date, "
        "partial_id = :partial_id, receipt_asked = :asked, partner_address = :address, partner_key = :partner_key, "
        "tries = 0, next_try = 0, claimed_until = 0, error_code = '', error_detail = '' WHERE id = :id",
        sealed.spool_key, sealed.size, sealed.message_id, sealed.date, sealed.partial_id, sealed.receipt_asked,
        sealed.partner_address, sealed.partner_key, message);
    InsertFragments(session, message, sealed.fragments);
    InsertSentId(session, message, sealed.message_id, sealed.nonce);
    // A receipt or bounce may name the Message-ID of any fragment.
    for (const Fragment& fragment : sealed.fragments) {
      InsertSentId(session, message, fragment.message_id, sealed.nonce);
    }
    MoveMessage(session, message, MessageState::sealed, sealed.date);
    return true;
  });
}

Result<bool> SealQueue::RecordFailure(std::int64_t message, const Error& error, std::optional<Time> next_try) {
  return database_.impl().Write([&](Session& session) {
    return RecordFailedTry(session, database_.impl().node(), message, MessageState::waiting, error, next_try);
  });
}

Result<bool> SendQueue::RecordCut(std::int64_t message, const SealedMessage& sealed) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    const auto row = session.Row<MessageState, std::string, std::string>(
        Sql("SELECT ", kHeldFrom, ", message_id, claimed_by FROM message WHERE id = :id", kLocked), message);
    if (!row) return NoSuchItem(ItemKind::message, message);
    const auto& [state, latest, claimed_by] = *row;
    // Another node that is sending it reports about the fragments as they are.
    if (state != MessageState::sealed || latest != sealed.message_id || IsOfAnother(database_, claimed_by))
      return false;
    const std::string nonce =
        session.First<std::string>("SELECT nonce FROM sent_id WHERE message_id = :id", sealed.message_id).value_or("");
    session.Execute("UPDATE message SET partial_id = :partial WHERE id = :id", sealed.partial_id, message);
    session.Execute("DELETE FROM message_fragment WHERE message = :id", message);
    InsertFragments(session, message, sealed.fragments);
    for (const Fragment& fragment : sealed.fragments) InsertSentId(session, message, fragment.message_id, nonce);
    return true;
  });
}

Result<std::uint64_t> SealQueue::SizeLimitOf(const std::string& partner_key, Time now) {
  return database_.impl().Read(
      [&](Session& session) -> Result<std::uint64_t> { return KnownSizeLimit(session, partner_key, now); });
}

Result<void> SendQueue::LearnSizeLimit(const std::string& partner_key, std::uint64_t bytes, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    RememberSizeLimit(session, partner_key, bytes, now);
    return {};
  });
}

Result<void> SendQueue::RecordFragmentSent(std::int64_t message, const std::string& message_id,
                                           const std::string& reply, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<void> {
    session.Execute(
        Sql("UPDATE message_fragment SET state = ", FragmentState::sent,
            ", reply = :reply, sent = :now WHERE message = :message AND message_id = :message_id AND state = ",
            FragmentState::waiting),
        reply, now, message, message_id);
    return {};
  });
}

Result<bool> SendQueue::RecordSent(std::int64_t message, const std::string& message_id, const std::string& reply,
                                   Time now) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    const auto found = session.Row<MessageState, std::string, bool>(
        Sql("SELECT state, message_id, spool_key IS NOT NULL FROM message WHERE id = :id", kLocked), message);
    if (!found) return NoSuchItem(ItemKind::message, message);
    const auto& [state, latest, is_sealed] = *found;
    // Meanwhile the message was set back to be sealed anew, or is sealed anew already. So the copy
    // that was just sent is an older one.
    using M = MessageState;
    if (IsOneOf(state, M::waiting, M::sent) || (state == M::held && !is_sealed) || latest != message_id) return false;
    session.Execute("UPDATE message SET reply = :reply, spool_key = NULL, claimed_until = 0 WHERE id = :id", reply,
                    message);
    session.Execute(Sql("UPDATE message_fragment SET state = ", FragmentState::sent,
                        ", sent = :now WHERE message = :id AND state = ", FragmentState::waiting),
                    now, message);
    // In any other state, the partner's answer came before the mail server's. A message that a
    // person held or cancelled while it was on its way has left all the same.
    if (!IsOneOf(state, M::sealed, M::failed, M::held, M::cancelled)) return false;
    session.Execute("UPDATE message SET finished = :now, error_code = '', error_detail = '' WHERE id = :id", now,
                    message);
    // This also takes back a failure that another worker recorded, because the mail has left.
    return MoveMessage(session, message, M::sent, now).all_sent;
  });
}

Result<bool> SendQueue::RecordFailure(std::int64_t message, const std::string& message_id, const Error& error,
                                      std::optional<Time> next_try) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    const auto latest =
        session.First<std::string>(Sql("SELECT message_id FROM message WHERE id = :id", kLocked), message);
    if (latest != message_id) return false;
    return RecordFailedTry(session, database_.impl().node(), message, MessageState::sealed, error, next_try);
  });
}

}  // namespace gateway::ledger
