// Claims messages to be sealed and sent, gives claims back, and puts off what waits for a
// destination that fails.
#include "ledger/rules/derived_files.h"
#include "ledger/rules/shipment_rows.h"
#include "ledger/seal_queue.h"
#include "ledger/send_queue.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"
#include "ledger/store/unclaim.h"

namespace gateway::ledger {
namespace {

const Claimable kToSeal{"message",
                        Sql("state = ", MessageState::waiting, " AND next_try <= :now AND claimed_until < :free_at"),
                        "priority, id", "priority, 0"};
const Claimable kToSend{
    "message",
    Sql("state = ", MessageState::sealed,
        " AND mailbox = :mailbox AND priority <= :least AND next_try <= :now AND claimed_until < :free_at"),
    "priority, id", "priority, 0"};

MessageToSeal LoadToSeal(Session& session, std::int64_t id) {
  MessageToSeal message;
  message.id = id;
  int changes = 0;
  std::tie(message.shipment, message.partner, message.mailbox, message.priority, message.tries, message.created,
           message.set.id, message.set.part, message.set.total, message.study_id, message.rule, changes,
           message.window_opens, message.at_once) =
      *session.Row<std::int64_t, std::string, std::string, Priority, unsigned, Time, std::string, std::uint32_t,
                   std::uint32_t, std::string, std::string, int, Time, bool>(
          "SELECT shipment, message.partner, message.mailbox, message.priority, tries, message.created, set_id, part, "
          "message_total, study_instance_uid, rule, changes, window_opens, at_once FROM message JOIN shipment ON "
          "shipment.id = shipment "
          "WHERE message.id = :id",
          id);
  message.rule = RuleOf(message.rule);
  message.changes = changes != 0;
  for (auto& [instance, key, derived] : session.Rows<std::int64_t, std::string, std::optional<std::int64_t>>(
           "SELECT instance.id, spool_key, derived FROM shipment_instance JOIN instance ON instance.id = instance "
           "WHERE message = :id ORDER BY position",
           id)) {
    MessageToSeal::Item item;
    item.instance = instance;
    item.spool_key = std::move(key);
    item.derived = LoadDerived(session, derived);
    message.items.push_back(std::move(item));
  }
  for (auto& [key, type, name] : session.Rows<std::string, std::string, std::string>(
           "SELECT spool_key, content_type, name FROM document WHERE message = :id ORDER BY id", id)) {
    message.items.push_back({0, std::move(key), std::move(type), std::move(name), true, {}});
  }
  return message;
}

MessageToSend LoadToSend(Session& session, std::int64_t id) {
  MessageToSend message;
  message.id = id;
  std::tie(message.shipment, message.partner, message.priority, message.tries, message.created,
           message.sealed.spool_key, message.sealed.size, message.sealed.message_id, message.sealed.date,
           message.sealed.partial_id, message.rule, message.window_opens, message.at_once) =
      *session.Row<std::int64_t, std::string, Priority, unsigned, Time, std::string, std::uint64_t, std::string, Time,
                   std::string, std::string, Time, bool>(
          "SELECT shipment, message.partner, message.priority, tries, message.created, spool_key, size, message_id, "
          "date, partial_id, rule, window_opens, at_once FROM message JOIN shipment ON shipment.id = shipment WHERE "
          "message.id = :id",
          id);
  message.rule = RuleOf(message.rule);
  for (auto& [number, total, offset, length, message_id] :
       session.Rows<unsigned, unsigned, std::uint64_t, std::uint64_t, std::string>(
           Sql("SELECT number, total, range_offset, range_length, message_id FROM message_fragment WHERE message = :id "
               "AND state = ",
               FragmentState::waiting, " ORDER BY number"),
           id)) {
    message.sealed.fragments.push_back({number, total, {offset, length}, std::move(message_id)});
  }
  return message;
}

// The claimed message may be held by now. If it failed before, its age goes on.
void WaitForWindow(Session& session, const std::string& node, std::int64_t message, std::int64_t shipment,
                   MessageState state, Time opens, Time now) {
  constexpr std::string_view kSet =
      "UPDATE message SET next_try = :opens, window_opens = CASE WHEN tries = 0 THEN :opening ELSE window_opens END";
  session.Execute(Sql(kSet, ", claimed_until = 0 WHERE id = :id AND state ", In(state, MessageState::held), kIsOurs),
                  opens, opens, message, node);
  session.Execute(Sql(kSet, " WHERE shipment = :shipment AND state = ", state,
                      " AND at_once = 0 AND next_try < :before AND claimed_until < :now"),
                  opens, opens, shipment, opens, now);
}

}  // namespace

Result<void> SealQueue::DeferToWindow(const MessageToSeal& message, Time opens, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    WaitForWindow(session, database_.impl().node(), message.id, message.shipment, MessageState::waiting, opens, now);
    return {};
  });
}

Result<void> SendQueue::DeferToWindow(const MessageToSend& message, Time opens, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    WaitForWindow(session, database_.impl().node(), message.id, message.shipment, MessageState::sealed, opens, now);
    return {};
  });
}

Result<void> SendQueue::KeepClaim(std::int64_t message, Time until) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE message SET claimed_until = :until WHERE id = :id AND claimed_until > 0", kIsOurs),
                    until, message, database_.impl().node());
    return {};
  });
}

Result<std::vector<MessageToSeal>> SealQueue::Claim(std::size_t limit, Time now, Milliseconds lease) {
  return ClaimRows(database_, kToSeal, LoadToSeal, now + lease, limit, now, now);
}

Result<std::vector<MessageToSend>> SendQueue::Claim(const std::string& mailbox, std::size_t limit, Time now,
                                                    Milliseconds lease, Priority least) {
  return ClaimRows(database_, kToSend, LoadToSend, now + lease, limit, mailbox, least, now, now);
}

Result<void> SendQueue::Unclaim(const std::vector<std::int64_t>& messages) {
  return UnclaimRows(database_, "message", messages);
}

Result<void> SealQueue::Defer(const MessageToSeal& message, Time until, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE message SET next_try = :until, claimed_until = 0 WHERE id = :id AND state ",
                        In(MessageState::waiting, MessageState::held), kIsOurs),
                    until, message.id, database_.impl().node());
    session.Execute(Sql("UPDATE message SET next_try = :until WHERE state = ", MessageState::waiting,
                        " AND priority > 0 AND mailbox = :mailbox AND partner = :partner AND next_try < :before AND "
                        "claimed_until < :now"),
                    until, message.mailbox, message.partner, until, now);
    return {};
  });
}

Result<void> SendQueue::Defer(const MessageToSend& message, const std::string& mailbox, Time until, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE message SET next_try = :until, claimed_until = 0 WHERE id = :id AND state ",
                        In(MessageState::sealed, MessageState::held), kIsOurs),
                    until, message.id, database_.impl().node());
    if (message.priority == Priority::emergency) return {};
    session.Execute(Sql("UPDATE message SET next_try = :until WHERE state = ", MessageState::sealed,
                        " AND priority > 0 AND mailbox = :mailbox AND partner = :partner AND next_try < :before AND "
                        "claimed_until < :now"),
                    until, mailbox, message.partner, until, now);
    return {};
  });
}

Result<void> SendQueue::EndDeferral(const std::string& mailbox, const std::string& partner, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE message SET next_try = 0 WHERE state = ", MessageState::waiting,
                        " AND priority > 0 AND mailbox = :mailbox AND (:any = '' OR partner = :partner) AND next_try > "
                        ":now AND tries = 0"),
                    mailbox, partner, partner, now);
    session.Execute(Sql("UPDATE message SET next_try = 0 WHERE state = ", MessageState::sealed,
                        " AND priority > 0 AND mailbox = :mailbox AND (:any = '' OR partner = :partner) AND next_try > "
                        ":now AND tries = 0"),
                    mailbox, partner, partner, now);
    return {};
  });
}

Result<bool> SealQueue::HasSealed(const std::string& mailbox, const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<bool> {
    return session
        .First<std::int64_t>(Sql("SELECT id FROM message WHERE state = ", MessageState::sealed,
                                 " AND mailbox = :mailbox AND (:any = '' OR partner = :partner) LIMIT 1"),
                             mailbox, partner, partner)
        .has_value();
  });
}

}  // namespace gateway::ledger
