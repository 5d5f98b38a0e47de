// `retry`: what failed, or waits for its next try, is due now.
#include <algorithm>

#include "ledger/destinations.h"
#include "ledger/operator_acts.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/holds.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Rows in one transaction. More would make other writers wait.
constexpr std::size_t kRetriedAtOnce = 200;

// The message gets a new age and no tries, and its error is forgotten. If a worker has it in hand,
// that claim stays.
void RetryMessage(Session& session, std::int64_t id, Time now) {
  session.Execute(
      "UPDATE message SET created = :now, tries = 0, next_try = 0, error_code = '', error_detail = '' WHERE id = :id",
      now, id);
  const auto [state, mailbox, is_sealed] = *session.Row<MessageState, std::string, bool>(
      Sql("SELECT state, mailbox, spool_key IS NOT NULL FROM message WHERE id = :id", kLocked), id);
  if (state == MessageState::failed) {
    MoveMessage(session, id, is_sealed ? MessageState::sealed : MessageState::waiting, now);
  }
  Wake(session, DestinationKind::mailbox, mailbox);
}

// Somebody who names a message wants it to leave outside of its time window as well. Somebody who
// retries all that waits for a destination does not mean what waits for its time.
void LeaveAtOnce(Session& session, std::int64_t message) {
  session.Execute("UPDATE message SET at_once = 1 WHERE id = :id", message);
}

void RetryDelivery(Session& session, std::int64_t id, Time now) {
  const auto [before, instance, pacs] = *session.Row<DeliveryState, std::int64_t, std::string>(
      Sql("SELECT state, instance, pacs FROM delivery WHERE id = :id", kLocked), id);
  DeliverAgain(session, id, now);
  if (before == DeliveryState::failed) TellAnew(session, instance);
  Wake(session, DestinationKind::pacs, pacs);
}

void RetryReceipt(Session& session, std::int64_t id, Time now) {
  const auto mailbox = session.First<std::string>(Sql("UPDATE receipt SET state = ", ReceiptState::due,
                                                      ", created = :now, tries = 0, next_try = 0, error_code = '', "
                                                      "error_detail = '' WHERE id = :id RETURNING mailbox"),
                                                  now, id);
  ObeyHoldOfReceipt(session, id);
  Wake(session, DestinationKind::mailbox, *mailbox);
}

void RetryMail(Session& session, std::int64_t id, Time /*now*/) {
  session.Execute("UPDATE mail SET tries = 0, next_try = 0, error_code = '', error_detail = '' WHERE id = :id", id);
}

void RetryDocument(Session& session, std::int64_t id, Time now) {
  session.Execute(
      "UPDATE document SET tries = 0, next_try = 0, tried_since = :now, error_code = '', error_detail = '' "
      "WHERE id = :id",
      now, id);
}

// Describes how items of one kind are retried, and in which states.
struct Retried {
  ItemKind kind = ItemKind::message;
  std::optional<KindState> failed;
  std::vector<KindState> waiting;  // the states in which they wait for their next try
  // The kind of destination that the column of that name holds.
  std::optional<DestinationKind> named_for;
  void (*retry)(Session&, std::int64_t, Time) = nullptr;
};

const std::vector<Retried>& AllRetried() {
  static const std::vector<Retried> kAll{
      {ItemKind::message,
       MessageState::failed,
       {MessageState::waiting, MessageState::sealed},
       DestinationKind::partner,
       RetryMessage},
      {ItemKind::delivery, DeliveryState::failed, {DeliveryState::waiting}, DestinationKind::pacs, RetryDelivery},
      {ItemKind::receipt, ReceiptState::failed, {ReceiptState::due}, DestinationKind::partner, RetryReceipt},
      {ItemKind::mail, std::nullopt, {MailState::fetched}, std::nullopt, RetryMail},
      {ItemKind::document, std::nullopt, {DocumentState::waiting}, std::nullopt, RetryDocument},
  };
  return kAll;
}

Decided<Acted> RetryShipment(Session& session, std::int64_t id, Time now) {
  GATEWAY_ASSIGN(const ShipmentState state, StateOf<ShipmentState>(session, id));
  if (state == ShipmentState::open) return WrongState(id, state);
  Acted acted;
  for (const std::int64_t message : session.FirstColumn<std::int64_t>(
           Sql("SELECT id FROM message WHERE shipment = :id AND state ",
               In(MessageState::failed, MessageState::waiting, MessageState::sealed), " ORDER BY part", kLocked),
           id)) {
    RetryMessage(session, message, now);
    LeaveAtOnce(session, message);
    ++acted.items;
  }
  if (acted.items == 0) return WrongState(id, state);
  return acted;
}

// Returns the next rows of a state. Rows that wait count only if their next try is still to come.
std::vector<std::int64_t> NextRows(Session& session, const Retried& kind, KindState state,
                                   const std::optional<DestinationName>& destination, std::int64_t after, Time now) {
  std::string sql = "SELECT id FROM " + std::string(TableOf(kind.kind)) + " WHERE state = :state AND id > :after";
  if (state != kind.failed) sql += " AND next_try > :now";
  if (destination) sql += " AND " + std::string(NameOf(destination->kind)) + " = :name";
  sql += Sql(" ORDER BY id LIMIT :limit", kLocked);
  if (state != kind.failed) {
    return destination ? session.FirstColumn<std::int64_t>(sql, state, after, now, destination->name, kRetriedAtOnce)
                       : session.FirstColumn<std::int64_t>(sql, state, after, now, kRetriedAtOnce);
  }
  return destination ? session.FirstColumn<std::int64_t>(sql, state, after, destination->name, kRetriedAtOnce)
                     : session.FirstColumn<std::int64_t>(sql, state, after, kRetriedAtOnce);
}

// Returns whether an item goes to a destination that the configuration does not have.
bool IsStranded(Session& session, ItemId item, const KnownDestinations& known) {
  return !std::ranges::all_of(LoadDestinations(session, item),
                              [&](const DestinationName& destination) { return known.Has(destination); });
}

// The items that a command is about: those for one destination, or those for all that are known.
struct Scope {
  std::optional<DestinationName> destination;
  KnownDestinations known;
};

// Walks the rows once, in order of their ids. So an item that fails again meanwhile is not tried
// for ever.
Result<std::size_t> RetryRows(Database& database, const Retried& kind, KindState state, const Scope& scope, Time now) {
  std::size_t count = 0;
  std::int64_t after = 0;
  while (true) {
    GATEWAY_ASSIGN(const std::vector<std::int64_t> rows,
                   database.impl().Write([&](Session& session) -> Result<std::vector<std::int64_t>> {
                     std::vector<std::int64_t> next = NextRows(session, kind, state, scope.destination, after, now);
                     for (const std::int64_t id : next) {
                       if (!scope.destination && IsStranded(session, {kind.kind, id}, scope.known)) continue;
                       kind.retry(session, id, now);
                       ++count;
                     }
                     return next;
                   }));
    if (rows.empty()) return count;
    after = rows.back();
  }
}

// Wakes the destinations. While a destination is away, its items give back their claims and are due
// all the time, so the walk over the rows does not find them.
Result<void> WakeAll(Database& database, const std::optional<DestinationName>& destination, Time now) {
  return database.impl().Write([&](Session& session) -> Result<void> {
    RecordAct(session, "retry", destination ? TextOf(*destination) : "all", now);
    if (destination && destination->kind == DestinationKind::pacs) {
      Wake(session, DestinationKind::pacs, destination->name);
      return {};
    }
    Wake(session, DestinationKind::mailbox, "");
    if (!destination) Wake(session, DestinationKind::pacs, "");
    return {};
  });
}

Result<Acted> RetryKinds(Database& database, const Scope& scope, Time now) {
  const std::optional<DestinationName>& destination = scope.destination;
  Acted acted;
  GATEWAY_TRY(WakeAll(database, destination, now));
  for (const Retried& kind : AllRetried()) {
    if (destination && kind.named_for != destination->kind) continue;
    std::vector<KindState> states = kind.waiting;
    if (kind.failed) states.push_back(*kind.failed);
    for (const KindState state : states) {
      GATEWAY_ASSIGN(const std::size_t count, RetryRows(database, kind, state, scope, now));
      acted.items += count;
    }
  }
  return acted;
}

}  // namespace

Decided<Acted> OperatorActs::Retry(ItemId id, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<Acted> {
    RecordAct(session, "retry", Format(id), now);
    if (id.kind == ItemKind::shipment) return RetryShipment(session, id.number, now);
    for (const Retried& kind : AllRetried()) {
      if (kind.kind != id.kind) continue;
      GATEWAY_ASSIGN(const KindState state, StateOf(session, id));
      const bool waits = std::ranges::find(kind.waiting, state) != kind.waiting.end();
      if (!waits && state != kind.failed) return WrongState(id.number, state);
      kind.retry(session, id.number, now);
      if (id.kind == ItemKind::message) LeaveAtOnce(session, id.number);
      Acted acted{.items = 1, .message_keys = {}, .instance_keys = {}};
      if (id.kind == ItemKind::delivery) {
        NoteDecided(session, id.number);
        acted.replacing = StandingOf(session, id.number, {}, now).replaced.has_value();
      }
      return acted;
    }
    return OtherKind(id);
  });
}

Result<Acted> OperatorActs::RetryDestination(const DestinationName& destination, Time now) {
  return RetryKinds(database_, {destination, {}}, now);
}

Result<Acted> OperatorActs::RetryAll(const KnownDestinations& known, Time now) {
  return RetryKinds(database_, {std::nullopt, known}, now);
}

}  // namespace gateway::ledger
