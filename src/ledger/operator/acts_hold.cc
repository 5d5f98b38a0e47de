// `hold` and `release`: keep items back for the time being.
#include <algorithm>
#include <array>
#include <variant>

#include "ledger/operator_acts.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/fallback_wait.h"
#include "ledger/rules/holds.h"
#include "ledger/rules/message_moves.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Rows in one transaction. More would make other writers wait.
constexpr std::size_t kAtOnce = 200;

// If a worker has the message in hand, its claim stays, here and below. Without the claim, a
// released message would be claimed by another worker, and would leave twice under one Message-ID.
void HoldMessage(Session& session, std::int64_t id, Time now) {
  MoveMessage(session, id, MessageState::held, now);
}

// Releases the message with a new age, unless it is held for another reason too. Then it stays
// held, and the function returns false.
bool LetMessageGo(Session& session, std::int64_t id, Time now) {
  const auto sealed = session.First<bool>(
      Sql("UPDATE message SET created = :now, tries = 0, next_try = 0 WHERE id = :id AND state = ", MessageState::held,
          " RETURNING spool_key IS NOT NULL"),
      now, id);
  if (!sealed) return false;
  const MovedMessage moved = MoveMessage(session, id, *sealed ? MessageState::sealed : MessageState::waiting, now);
  WaitForFallbackAnew(session, moved.shipment, now);
  return session.First<MessageState>("SELECT state FROM message WHERE id = :id", id) != MessageState::held;
}

void HoldDelivery(Session& session, std::int64_t id, Time /*now*/) {
  session.Execute(
      Sql("UPDATE delivery SET state = ", DeliveryState::held, " WHERE id = :id AND state = ", DeliveryState::waiting),
      id);
}

bool LetDeliveryGo(Session& session, std::int64_t id, Time now) {
  static const std::string kLetGo =
      Sql("UPDATE delivery SET state = ", DeliveryState::waiting,
          ", created = :now, tries = 0, next_try = 0 WHERE id = :id AND state = ", DeliveryState::held, " AND NOT ",
          kDeliveryIsHeld);
  ShareHoldOfDelivery(session, id);
  return session.Execute(kLetGo, now, id) > 0;
}

void HoldReceipt(Session& session, std::int64_t id, Time /*now*/) {
  session.Execute(
      Sql("UPDATE receipt SET state = ", ReceiptState::held, " WHERE id = :id AND state = ", ReceiptState::due), id);
}

bool LetReceiptGo(Session& session, std::int64_t id, Time now) {
  static const std::string kLetGo =
      Sql("UPDATE receipt SET state = ", ReceiptState::due,
          ", created = :now, tries = 0, next_try = 0 WHERE id = :id AND state = ", ReceiptState::held, " AND NOT ",
          kReceiptIsHeld);
  ShareHoldOfReceipt(session, id);
  return session.Execute(kLetGo, now, id) > 0;
}

Refusal AlreadyHeld(ItemId id) {
  return {.why = WhyRefused::held_already, .item = id};
}

Refusal NotHeld(std::int64_t number, KindState state) {
  return {.why = WhyRefused::not_held, .item = {state.kind, number}, .state = state};
}

// The refusal for a message, shipment or delivery whose own hold is gone, but which stays held.
Refusal HeldByAnother(ItemId id, std::variant<DestinationKind, ItemId> holder) {
  return {.why = WhyRefused::held_by_another, .item = id, .holder = holder};
}

Decided<Acted> HoldShipment(Session& session, std::int64_t id, Time now) {
  const ItemId item{ItemKind::shipment, id};
  GATEWAY_ASSIGN(const ShipmentState state, StateOf<ShipmentState>(session, id));
  const auto messages =
      session.FirstColumn<std::int64_t>(Sql("SELECT id FROM message WHERE shipment = :id AND state ",
                                            In(MessageState::waiting, MessageState::sealed), " ORDER BY part", kLocked),
                                        id);
  const bool stopped = session
                           .First<std::int64_t>(Sql("SELECT id FROM message WHERE shipment = :id AND state ",
                                                    In(MessageState::held, MessageState::failed), " LIMIT 1"),
                                                id)
                           .has_value();
  if (state != ShipmentState::open && messages.empty() && !stopped) return WrongState(id, state);
  if (session.Execute("UPDATE shipment SET held = 1 WHERE id = :id AND held = 0", id) == 0) return AlreadyHeld(item);
  for (const std::int64_t message : messages) HoldMessage(session, message, now);
  return Acted{messages.size(), {}, {}};
}

Decided<Acted> HoldOneMessage(Session& session, std::int64_t id, Time now) {
  const ItemId item{ItemKind::message, id};
  GATEWAY_ASSIGN(const MessageState state, StateOf<MessageState>(session, id));
  if (!IsUnsent(state)) return WrongState(id, state);
  if (session.Execute("UPDATE message SET held = 1 WHERE id = :id AND held = 0", id) == 0) return AlreadyHeld(item);
  HoldMessage(session, id, now);
  return Acted{1, {}, {}};
}

Decided<Acted> HoldOneDelivery(Session& session, std::int64_t id, Time now) {
  const ItemId item{ItemKind::delivery, id};
  GATEWAY_ASSIGN(const DeliveryState state, StateOf<DeliveryState>(session, id));
  if (!IsOneOf(state, DeliveryState::waiting, DeliveryState::held)) {
    return WrongState(id, state);
  }
  if (session.Execute("UPDATE delivery SET held = 1 WHERE id = :id AND held = 0", id) == 0) return AlreadyHeld(item);
  HoldDelivery(session, id, now);
  return Acted{1, {}, {}};
}

Decided<Acted> ReleaseShipment(Session& session, std::int64_t id, Time now) {
  const ItemId item{ItemKind::shipment, id};
  GATEWAY_ASSIGN(const ShipmentState state, StateOf<ShipmentState>(session, id));
  const bool was_held = session.Execute("UPDATE shipment SET held = 0 WHERE id = :id AND held = 1", id) > 0;
  const auto messages = session.FirstColumn<std::int64_t>(
      Sql("SELECT id FROM message WHERE shipment = :id AND state = ", MessageState::held, " ORDER BY part", kLocked),
      id);
  if (!was_held && messages.empty()) return NotHeld(id, state);
  Acted acted;
  for (const std::int64_t message : messages) {
    session.Execute("UPDATE message SET held = 0 WHERE id = :id", message);
    if (LetMessageGo(session, message, now)) ++acted.items;
  }
  if (!was_held && acted.items == 0) return HeldByAnother(item, DestinationKind::partner);
  return acted;
}

Decided<Acted> ReleaseOneMessage(Session& session, std::int64_t id, Time now) {
  const ItemId item{ItemKind::message, id};
  GATEWAY_ASSIGN(const MessageState state, StateOf<MessageState>(session, id));
  if (state != MessageState::held) return NotHeld(id, state);
  session.Execute("UPDATE message SET held = 0 WHERE id = :id", id);
  if (LetMessageGo(session, id, now)) return Acted{1, {}, {}};
  const auto shipment = session.First<std::int64_t>(
      "SELECT shipment.id FROM message JOIN shipment ON shipment.id = message.shipment WHERE message.id = :id AND "
      "shipment.held = 1",
      id);
  if (shipment) return HeldByAnother(item, ItemId{ItemKind::shipment, *shipment});
  return HeldByAnother(item, DestinationKind::partner);
}

Decided<Acted> ReleaseOneDelivery(Session& session, std::int64_t id, Time now) {
  const ItemId item{ItemKind::delivery, id};
  GATEWAY_ASSIGN(const DeliveryState state, StateOf<DeliveryState>(session, id));
  if (state != DeliveryState::held) return NotHeld(id, state);
  session.Execute("UPDATE delivery SET held = 0 WHERE id = :id", id);
  if (LetDeliveryGo(session, id, now)) return Acted{1, {}, {}};
  return HeldByAnother(item, DestinationKind::pacs);
}

// Describes the rows that a hold of a destination stops, or that its release lets go of. `select`
// finds them by name and limit.
struct Stopped {
  DestinationKind kind = DestinationKind::partner;
  std::string select;
  void (*act)(Session&, std::int64_t, Time) = nullptr;
};

const std::vector<Stopped>& HeldByHold() {
  static const std::vector<Stopped> kAll{
      {DestinationKind::partner,
       Sql("SELECT id FROM message WHERE state = ", MessageState::waiting,
           " AND partner = :name ORDER BY id LIMIT :limit", kLocked),
       HoldMessage},
      {DestinationKind::partner,
       Sql("SELECT id FROM message WHERE state = ", MessageState::sealed,
           " AND partner = :name ORDER BY id LIMIT :limit", kLocked),
       HoldMessage},
      {DestinationKind::partner,
       Sql("SELECT id FROM receipt WHERE state = ", ReceiptState::due, " AND partner = :name ORDER BY id LIMIT :limit",
           kLocked),
       HoldReceipt},
      {DestinationKind::pacs,
       Sql("SELECT id FROM delivery WHERE state = ", DeliveryState::waiting,
           " AND pacs = :name ORDER BY id LIMIT :limit", kLocked),
       HoldDelivery},
  };
  return kAll;
}

const std::vector<Stopped>& FreedByRelease() {
  static const std::vector<Stopped> kAll{
      {DestinationKind::partner,
       Sql("SELECT id FROM message WHERE state = ", MessageState::held, " AND partner = :name AND NOT ", kMessageIsHeld,
           " ORDER BY id LIMIT :limit", kLocked),
       [](Session& session, std::int64_t id, Time now) { (void)LetMessageGo(session, id, now); }},
      {DestinationKind::partner,
       Sql("SELECT id FROM receipt WHERE state = ", ReceiptState::held, " AND partner = :name AND NOT ", kReceiptIsHeld,
           " ORDER BY id LIMIT :limit", kLocked),
       [](Session& session, std::int64_t id, Time now) { (void)LetReceiptGo(session, id, now); }},
      {DestinationKind::pacs,
       Sql("SELECT id FROM delivery WHERE state = ", DeliveryState::held, " AND pacs = :name AND NOT ", kDeliveryIsHeld,
           " ORDER BY id LIMIT :limit", kLocked),
       [](Session& session, std::int64_t id, Time now) { (void)LetDeliveryGo(session, id, now); }},
  };
  return kAll;
}

// Acts on a few rows in each transaction. A row that was acted on no longer fits `select`, so the
// next search does not find it.
Result<Acted> ActOnAll(Database& database, const std::vector<Stopped>& all, const DestinationName& destination,
                       Time now) {
  Acted acted;
  for (const Stopped& stopped : all) {
    if (stopped.kind != destination.kind) continue;
    for (std::size_t found = kAtOnce; found == kAtOnce;) {
      GATEWAY_ASSIGN(found, database.impl().Write([&](Session& session) -> Result<std::size_t> {
        const auto rows = session.FirstColumn<std::int64_t>(stopped.select, destination.name, kAtOnce);
        for (const std::int64_t id : rows) stopped.act(session, id, now);
        return rows.size();
      }));
      acted.items += found;
    }
  }
  return acted;
}

bool FindsAny(Session& session, const std::vector<Stopped>& all, const DestinationName& destination) {
  return std::ranges::any_of(all, [&](const Stopped& stopped) {
    return stopped.kind == destination.kind && session.First<std::int64_t>(stopped.select, destination.name, 1);
  });
}

}  // namespace

void HoldAllFor(Session& session, const DestinationName& destination, Time now) {
  for (const Stopped& stopped : HeldByHold()) {
    if (stopped.kind != destination.kind) continue;
    for (std::size_t found = kAtOnce; found == kAtOnce;) {
      const auto rows = session.FirstColumn<std::int64_t>(stopped.select, destination.name, kAtOnce);
      for (const std::int64_t id : rows) stopped.act(session, id, now);
      found = rows.size();
    }
  }
}

Decided<Acted> OperatorActs::Hold(ItemId id, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<Acted> {
    RecordAct(session, "hold", Format(id), now);
    switch (id.kind) {
      case ItemKind::shipment:
        return HoldShipment(session, id.number, now);
      case ItemKind::message:
        return HoldOneMessage(session, id.number, now);
      case ItemKind::delivery:
        return HoldOneDelivery(session, id.number, now);
      default:
        return OtherKind(id);
    }
  });
}

Decided<Acted> OperatorActs::Release(ItemId id, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<Acted> {
    RecordAct(session, "release", Format(id), now);
    switch (id.kind) {
      case ItemKind::shipment:
        return ReleaseShipment(session, id.number, now);
      case ItemKind::message:
        return ReleaseOneMessage(session, id.number, now);
      case ItemKind::delivery:
        return ReleaseOneDelivery(session, id.number, now);
      default:
        return OtherKind(id);
    }
  });
}

Result<Acted> OperatorActs::HoldDestination(const DestinationName& destination, Time now) {
  // From this transaction on, new items are held from the start.
  GATEWAY_TRY(database_.impl().Write([&](Session& session) -> Result<void> {
    LockHold(session, destination);
    session.Execute(
        "INSERT INTO held_destination (kind, name, since) VALUES (:kind, :name, :now) ON CONFLICT (kind, name) DO "
        "NOTHING",
        NameOf(destination.kind), destination.name, now);
    RecordAct(session, "hold", TextOf(destination), now);
    return {};
  }));
  return ActOnAll(database_, HeldByHold(), destination, now);
}

Decided<Acted> OperatorActs::ReleaseDestination(const DestinationName& destination, Time now) {
  GATEWAY_ASSIGN(const bool was_held, database_.impl().Write([&](Session& session) -> Result<bool> {
    LockHold(session, destination);
    const bool held = session.Execute("DELETE FROM held_destination WHERE kind = :kind AND name = :name",
                                      NameOf(destination.kind), destination.name) > 0;
    if (held || FindsAny(session, FreedByRelease(), destination)) {
      RecordAct(session, "release", TextOf(destination), now);
    }
    return held;
  }));
  GATEWAY_ASSIGN(Acted acted, ActOnAll(database_, FreedByRelease(), destination, now));
  // If a release was interrupted, the next release finishes it.
  if (!was_held && acted.items == 0) {
    return Refusal{.why = WhyRefused::not_held, .destination = destination};
  }
  return acted;
}

Result<std::vector<HeldDestination>> OperatorActs::HeldDestinations() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<HeldDestination>> {
    std::vector<HeldDestination> held;
    for (auto& [kind, name, since] : session.Rows<std::string, std::string, Time>(
             "SELECT kind, name, since FROM held_destination ORDER BY kind, name")) {
      held.push_back({{DestinationKindNamed(kind), std::move(name)}, since});
    }
    return held;
  });
}

}  // namespace gateway::ledger
