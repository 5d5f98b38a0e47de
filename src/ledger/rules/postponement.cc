// What waits for a destination that fails, without being tried; and what a clock that was set back would freeze.
#include <array>

#include "ledger/inbound_ledger.h"
#include "ledger/outbound_ledger.h"
#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

// Longer than any lease.
constexpr Milliseconds kLongestLease{60 * 60'000};

struct Clamp {
  std::string_view sql;   // of rows whose time is beyond the limit
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
    session.Execute(
        "UPDATE message SET next_try = :until, claimed_until = 0 WHERE id = :id AND state IN ('waiting', 'held')",
        until, message.id);
    session.Execute(
        "UPDATE message SET next_try = :until WHERE state = 'waiting' AND priority > 0 AND mailbox = :mailbox AND "
        "partner = :partner AND next_try < :before AND claimed_until < :now",
        until, message.mailbox, message.partner, until, now);
    return {};
  });
}

Result<void> OutboundLedger::PostponeSending(const MessageToSend& message, const std::string& mailbox, Time until,
                                             Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE message SET next_try = :until, claimed_until = 0 WHERE id = :id AND state IN ('sealed', 'held')", until,
        message.id);
    if (message.priority == Priority::emergency) return {};
    session.Execute(
        "UPDATE message SET next_try = :until WHERE state = 'sealed' AND priority > 0 AND mailbox = :mailbox AND "
        "partner = :partner AND next_try < :before AND claimed_until < :now",
        until, mailbox, message.partner, until, now);
    return {};
  });
}

Result<void> OutboundLedger::Hasten(const std::string& mailbox, const std::string& partner, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE message SET next_try = 0 WHERE state = 'waiting' AND priority > 0 AND mailbox = :mailbox AND "
        "(:any = '' OR partner = :partner) AND next_try > :now AND tries = 0",
        mailbox, partner, partner, now);
    session.Execute(
        "UPDATE message SET next_try = 0 WHERE state = 'sealed' AND priority > 0 AND mailbox = :mailbox AND "
        "(:any = '' OR partner = :partner) AND next_try > :now AND tries = 0",
        mailbox, partner, partner, now);
    return {};
  });
}

Result<bool> OutboundLedger::HasSealed(const std::string& mailbox, const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<bool> {
    return session
        .First<std::int64_t>(
            "SELECT id FROM message WHERE state = 'sealed' AND mailbox = :mailbox AND "
            "(:any = '' OR partner = :partner) LIMIT 1",
            mailbox, partner, partner)
        .has_value();
  });
}

Result<std::size_t> OutboundLedger::RecordClockSetBack(Milliseconds longest_wait, Time now) {
  const std::array clamps{
      Clamp{"UPDATE message SET next_try = :now WHERE state = 'waiting' AND next_try > :limit", longest_wait, {}},
      Clamp{"UPDATE message SET next_try = :now WHERE state = 'sealed' AND next_try > :limit", longest_wait, {}},
      Clamp{"UPDATE message SET claimed_until = :until WHERE state = 'waiting' AND claimed_until > :limit",
            kLongestLease, kLongestLease},
      Clamp{"UPDATE message SET claimed_until = :until WHERE state = 'sealed' AND claimed_until > :limit",
            kLongestLease, kLongestLease},
      Clamp{"UPDATE message SET claimed_until = :until WHERE state = 'held' AND claimed_until > :limit", kLongestLease,
            kLongestLease},
      Clamp{"UPDATE message SET created = :now WHERE state IN ('waiting', 'sealed') AND created > :limit", {}, {}},
      Clamp{"UPDATE message SET finished = :now WHERE state = 'sent' AND receipt_asked <> '' AND finished > :limit",
            {},
            {}},
      Clamp{"UPDATE shipment SET last_instance = :now WHERE state = 'open' AND last_instance > :limit", {}, {}},
      Clamp{"UPDATE instance SET finished = :now WHERE state = 'routed' AND spool_key IS NOT NULL AND "
            "finished IS NOT NULL AND finished > :limit",
            {},
            {}},
  };
  return database_.impl().Write([&](Session& session) -> Result<std::size_t> { return Apply(session, clamps, now); });
}

Result<void> InboundLedger::PostponeReceipts(const ReceiptToSend& receipt, const std::string& mailbox, Time until,
                                             Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE receipt SET next_try = :until, claimed_until = 0 WHERE id = :id AND state IN ('due', 'held')", until,
        receipt.id);
    session.Execute(
        "UPDATE receipt SET next_try = :until WHERE state = 'due' AND mailbox = :mailbox AND partner = :partner AND "
        "next_try < :before AND claimed_until < :now",
        until, mailbox, receipt.partner, until, now);
    return {};
  });
}

Result<void> InboundLedger::HastenReceipts(const std::string& mailbox, const std::string& partner, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        "UPDATE receipt SET next_try = 0 WHERE state = 'due' AND mailbox = :mailbox AND partner = :partner AND "
        "next_try > :now AND tries = 0",
        mailbox, partner, now);
    return {};
  });
}

Result<std::size_t> InboundLedger::RecordClockSetBack(Milliseconds longest_wait, Milliseconds document_timeout,
                                                      Time now) {
  const std::array clamps{
      Clamp{"UPDATE mail SET next_try = :now WHERE state = 'fetched' AND next_try > :limit", longest_wait, {}},
      Clamp{"UPDATE mail SET claimed_until = :until WHERE state = 'fetched' AND claimed_until > :limit", kLongestLease,
            kLongestLease},
      Clamp{"UPDATE mail SET waits_since = :now WHERE state = 'fragment' AND waits_since > :limit", {}, {}},
      Clamp{"UPDATE received_set SET last_part = :now WHERE state = 'incomplete' AND last_part > :limit", {}, {}},
      Clamp{"UPDATE delivery SET next_try = :now WHERE state = 'waiting' AND next_try > :limit", longest_wait, {}},
      Clamp{"UPDATE delivery SET claimed_until = :until WHERE state = 'waiting' AND claimed_until > :limit",
            kLongestLease, kLongestLease},
      Clamp{"UPDATE delivery SET claimed_until = :until WHERE state = 'held' AND claimed_until > :limit", kLongestLease,
            kLongestLease},
      Clamp{"UPDATE delivery SET created = :now WHERE state = 'waiting' AND created > :limit", {}, {}},
      Clamp{"UPDATE receipt SET next_try = :now WHERE state = 'due' AND next_try > :limit", longest_wait, {}},
      Clamp{"UPDATE receipt SET claimed_until = :until WHERE state = 'due' AND claimed_until > :limit", kLongestLease,
            kLongestLease},
      Clamp{"UPDATE receipt SET claimed_until = :until WHERE state = 'held' AND claimed_until > :limit", kLongestLease,
            kLongestLease},
      Clamp{"UPDATE receipt SET created = :now WHERE state = 'due' AND created > :limit", {}, {}},
      Clamp{"UPDATE document SET next_try = :now WHERE state = 'waiting' AND next_try > :limit", longest_wait, {}},
      Clamp{"UPDATE document SET claimed_until = :until WHERE state = 'waiting' AND claimed_until > :limit",
            kLongestLease, kLongestLease},
      Clamp{"UPDATE document SET deadline = :now WHERE state = 'waiting' AND deadline > :limit", document_timeout,
            document_timeout},
      Clamp{"UPDATE instance SET finished = :now WHERE state = 'stored' AND spool_key IS NOT NULL AND "
            "finished IS NOT NULL AND finished > :limit",
            {},
            {}},
  };
  return database_.impl().Write([&](Session& session) -> Result<std::size_t> { return Apply(session, clamps, now); });
}

}  // namespace gateway::ledger
