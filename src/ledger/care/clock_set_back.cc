// Corrects times that would make items wait for ever after the clock was set back.
#include "ledger/clock_set_back.h"

#include <array>

#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Longer than any lease.
constexpr Milliseconds kLongestLease{60 * 60'000};

struct Clamp {
  std::string sql;        // changes rows whose time is beyond the limit
  Milliseconds limit{0};  // from now
  Milliseconds value{0};  // what the time becomes, from now
};

// These two bring back what lies too far in the future: the time of the next try of items in a
// state, and the lease of the worker that has them in hand.
Clamp NextTry(KindState state, Milliseconds longest_wait) {
  return {Sql("UPDATE ", TableOf(state.kind), " SET next_try = :now WHERE state = ", state, " AND next_try > :limit"),
          longest_wait,
          {}};
}
Clamp Lease(KindState state) {
  return {Sql("UPDATE ", TableOf(state.kind), " SET claimed_until = :until WHERE state = ", state,
              " AND claimed_until > :limit"),
          kLongestLease, kLongestLease};
}
// The column holds a time of the past, of the items that fit `which`.
Clamp Past(ItemKind kind, std::string_view column, const std::string& which) {
  return {
      Sql("UPDATE ", TableOf(kind), " SET ", column, " = :now WHERE ", which, " AND ", column, " > :limit"), {}, {}};
}

template <typename Clamps>
std::size_t Apply(Session& session, const Clamps& clamps, Time now) {
  std::size_t changed = 0;
  for (const Clamp& clamp : clamps) {
    changed += static_cast<std::size_t>(session.Execute(clamp.sql, now + clamp.value, now + clamp.limit));
  }
  return changed;
}

}  // namespace

Result<std::size_t> ClockSetBack::CorrectOutbound(Milliseconds longest_wait, Time now) {
  using M = MessageState;
  const std::array clamps{
      NextTry(M::waiting, longest_wait),
      NextTry(M::sealed, longest_wait),
      Lease(M::waiting),
      Lease(M::sealed),
      Lease(M::held),
      Past(ItemKind::message, "created", Sql("state ", In(M::waiting, M::sealed))),
      Past(ItemKind::message, "finished", Sql("state = ", M::sent, " AND receipt_asked <> ''")),
      Past(ItemKind::shipment, "last_instance", Sql("state = ", ShipmentState::open)),
      // The highest number means that nothing is awaited (rules/fallback_wait.h).
      Past(ItemKind::shipment, "fallback_since", "fallback_since < 9223372036854775807"),
      Past(ItemKind::instance, "finished",
           Sql("state = ", InstanceState::routed, " AND spool_key IS NOT NULL AND finished IS NOT NULL")),
  };
  return database_.impl().Write([&](Session& session) -> Result<std::size_t> { return Apply(session, clamps, now); });
}

Result<std::size_t> ClockSetBack::CorrectInbound(Milliseconds longest_wait, Milliseconds document_timeout, Time now) {
  const std::array clamps{
      NextTry(MailState::fetched, longest_wait),
      Lease(MailState::fetched),
      Past(ItemKind::mail, "waits_since", Sql("state = ", MailState::fragment)),
      Past(ItemKind::set, "last_part", Sql("state = ", SetState::incomplete)),
      NextTry(DeliveryState::waiting, longest_wait),
      Lease(DeliveryState::waiting),
      Lease(DeliveryState::held),
      Past(ItemKind::delivery, "created", Sql("state = ", DeliveryState::waiting)),
      NextTry(ReceiptState::due, longest_wait),
      Lease(ReceiptState::due),
      Lease(ReceiptState::held),
      Past(ItemKind::receipt, "created", Sql("state = ", ReceiptState::due)),
      NextTry(DocumentState::waiting, longest_wait),
      Lease(DocumentState::waiting),
      Clamp{Sql("UPDATE document SET deadline = :now WHERE state = ", DocumentState::waiting, " AND deadline > :limit"),
            document_timeout, document_timeout},
      Past(ItemKind::instance, "finished",
           Sql("state = ", InstanceState::stored, " AND spool_key IS NOT NULL AND finished IS NOT NULL")),
  };
  return database_.impl().Write([&](Session& session) -> Result<std::size_t> { return Apply(session, clamps, now); });
}

}  // namespace gateway::ledger
