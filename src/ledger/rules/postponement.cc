// What waits for a destination that fails, without being tried; and what a clock that was set back would freeze.
#include <array>

#include "ledger/inbound_ledger.h"
#include "ledger/outbound_ledger.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Longer than any lease.
constexpr Milliseconds kLongestLease{60 * 60'000};

struct Clamp {
  std::string sql;        // of rows whose time is beyond the limit
  Milliseconds limit{0};  // from now
  Milliseconds value{0};  // what the time becomes, from now
};

template <typename Clamps>
std::size_t Apply(Session& session, const Clamps& clamps, Time now) {
  std::size_t changed = 0;
  for (const Clamp& clamp : clamps) {
    changed += static_cast<std::size_t>(session.Execute(clamp.sql, now + clamp.value, now + clamp.limit));
  }
  return changed;
}

}  // namespace

Result<void> OutboundLedger::PostponeSealing(const MessageToSeal& message, Time until, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE message SET next_try = :until, claimed_until = 0 WHERE id = :id AND state ",
                        In(MessageState::waiting, MessageState::held)),
                    until, message.id);
    session.Execute(Sql("UPDATE message SET next_try = :until WHERE state = ", MessageState::waiting,
                        " AND priority > 0 AND mailbox = :mailbox AND partner = :partner AND next_try < :before AND "
                        "claimed_until < :now"),
                    until, message.mailbox, message.partner, until, now);
    return {};
  });
}

Result<void> OutboundLedger::PostponeSending(const MessageToSend& message, const std::string& mailbox, Time until,
                                             Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE message SET next_try = :until, claimed_until = 0 WHERE id = :id AND state ",
                        In(MessageState::sealed, MessageState::held)),
                    until, message.id);
    if (message.priority == Priority::emergency) return {};
    session.Execute(Sql("UPDATE message SET next_try = :until WHERE state = ", MessageState::sealed,
                        " AND priority > 0 AND mailbox = :mailbox AND partner = :partner AND next_try < :before AND "
                        "claimed_until < :now"),
                    until, mailbox, message.partner, until, now);
    return {};
  });
}

Result<void> OutboundLedger::Hasten(const std::string& mailbox, const std::string& partner, Time now) {
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

Result<bool> OutboundLedger::HasSealed(const std::string& mailbox, const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<bool> {
    return session
        .First<std::int64_t>(Sql("SELECT id FROM message WHERE state = ", MessageState::sealed,
                                 " AND mailbox = :mailbox AND (:any = '' OR partner = :partner) LIMIT 1"),
                             mailbox, partner, partner)
        .has_value();
  });
}

Result<std::size_t> OutboundLedger::RecordClockSetBack(Milliseconds longest_wait, Time now) {
  const std::array clamps{
      Clamp{Sql("UPDATE message SET next_try = :now WHERE state = ", MessageState::waiting, " AND next_try > :limit"),
            longest_wait,
            {}},
      Clamp{Sql("UPDATE message SET next_try = :now WHERE state = ", MessageState::sealed, " AND next_try > :limit"),
            longest_wait,
            {}},
      Clamp{Sql("UPDATE message SET claimed_until = :until WHERE state = ", MessageState::waiting,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE message SET claimed_until = :until WHERE state = ", MessageState::sealed,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE message SET claimed_until = :until WHERE state = ", MessageState::held,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE message SET created = :now WHERE state ", In(MessageState::waiting, MessageState::sealed),
                " AND created > :limit"),
            {},
            {}},
      Clamp{Sql("UPDATE message SET finished = :now WHERE state = ", MessageState::sent,
                " AND receipt_asked <> '' AND finished > :limit"),
            {},
            {}},
      Clamp{Sql("UPDATE shipment SET last_instance = :now WHERE state = ", ShipmentState::open,
                " AND last_instance > :limit"),
            {},
            {}},
      Clamp{Sql("UPDATE instance SET finished = :now WHERE state = ", InstanceState::routed,
                " AND spool_key IS NOT NULL AND finished IS NOT NULL AND finished > :limit"),
            {},
            {}},
  };
  return database_.impl().Write([&](Session& session) -> Result<std::size_t> { return Apply(session, clamps, now); });
}

Result<void> InboundLedger::PostponeReceipts(const ReceiptToSend& receipt, const std::string& mailbox, Time until,
                                             Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE receipt SET next_try = :until, claimed_until = 0 WHERE id = :id AND state ",
                        In(ReceiptState::due, ReceiptState::held)),
                    until, receipt.id);
    session.Execute(
        Sql("UPDATE receipt SET next_try = :until WHERE state = ", ReceiptState::due,
            " AND mailbox = :mailbox AND partner = :partner AND next_try < :before AND claimed_until < :now"),
        until, mailbox, receipt.partner, until, now);
    return {};
  });
}

Result<void> InboundLedger::HastenReceipts(const std::string& mailbox, const std::string& partner, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(Sql("UPDATE receipt SET next_try = 0 WHERE state = ", ReceiptState::due,
                        " AND mailbox = :mailbox AND partner = :partner AND next_try > :now AND tries = 0"),
                    mailbox, partner, now);
    return {};
  });
}

Result<std::size_t> InboundLedger::RecordClockSetBack(Milliseconds longest_wait, Milliseconds document_timeout,
                                                      Time now) {
  const std::array clamps{
      Clamp{Sql("UPDATE mail SET next_try = :now WHERE state = ", MailState::fetched, " AND next_try > :limit"),
            longest_wait,
            {}},
      Clamp{Sql("UPDATE mail SET claimed_until = :until WHERE state = ", MailState::fetched,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE mail SET waits_since = :now WHERE state = ", MailState::fragment, " AND waits_since > :limit"),
            {},
            {}},
      Clamp{Sql("UPDATE received_set SET last_part = :now WHERE state = ", SetState::incomplete,
                " AND last_part > :limit"),
            {},
            {}},
      Clamp{Sql("UPDATE delivery SET next_try = :now WHERE state = ", DeliveryState::waiting, " AND next_try > :limit"),
            longest_wait,
            {}},
      Clamp{Sql("UPDATE delivery SET claimed_until = :until WHERE state = ", DeliveryState::waiting,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE delivery SET claimed_until = :until WHERE state = ", DeliveryState::held,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE delivery SET created = :now WHERE state = ", DeliveryState::waiting, " AND created > :limit"),
            {},
            {}},
      Clamp{Sql("UPDATE receipt SET next_try = :now WHERE state = ", ReceiptState::due, " AND next_try > :limit"),
            longest_wait,
            {}},
      Clamp{Sql("UPDATE receipt SET claimed_until = :until WHERE state = ", ReceiptState::due,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE receipt SET claimed_until = :until WHERE state = ", ReceiptState::held,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{
          Sql("UPDATE receipt SET created = :now WHERE state = ", ReceiptState::due, " AND created > :limit"), {}, {}},
      Clamp{Sql("UPDATE document SET next_try = :now WHERE state = ", DocumentState::waiting, " AND next_try > :limit"),
            longest_wait,
            {}},
      Clamp{Sql("UPDATE document SET claimed_until = :until WHERE state = ", DocumentState::waiting,
                " AND claimed_until > :limit"),
            kLongestLease, kLongestLease},
      Clamp{Sql("UPDATE document SET deadline = :now WHERE state = ", DocumentState::waiting, " AND deadline > :limit"),
            document_timeout, document_timeout},
      Clamp{Sql("UPDATE instance SET finished = :now WHERE state = ", InstanceState::stored,
                " AND spool_key IS NOT NULL AND finished IS NOT NULL AND finished > :limit"),
            {},
            {}},
  };
  return database_.impl().Write([&](Session& session) -> Result<std::size_t> { return Apply(session, clamps, now); });
}

}  // namespace gateway::ledger
