#include "ledger/rules/holds.h"

#include "ledger/states.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

LockOf LockFor(DestinationKind kind) {
  return kind == DestinationKind::pacs ? LockOf::hold_of_pacs : LockOf::hold_of_partner;
}

// On SQLite the lock does nothing, so the search for its name would be wasted.
void ShareHoldOf(Session& session, DestinationKind kind, std::string_view name_of_row, std::int64_t row) {
  if constexpr (kLocked.empty()) return;
  if (const auto name = session.First<std::string>(name_of_row, row)) ShareHold(session, {kind, *name});
}

}  // namespace

std::string IsHeldSql(DestinationKind kind, std::string_view name) {
  return Sql("EXISTS (SELECT 1 FROM held_destination AS held_by WHERE held_by.kind = ", kind,
             " AND held_by.name = ", name, ")");
}

void ShareHold(Session& session, const DestinationName& destination) {
  ShareName(session, LockFor(destination.kind), destination.name);
}

void LockHold(Session& session, const DestinationName& destination) {
  LockName(session, LockFor(destination.kind), destination.name);
}

bool IsMessageHeld(Session& session, std::int64_t message) {
  static const std::string kHeld = Sql("SELECT id FROM message WHERE id = :id AND ", kMessageIsHeld);
  LockRows(session, "SELECT id FROM shipment WHERE id = (SELECT shipment FROM message WHERE id = :id)", message);
  ShareHoldOf(session, DestinationKind::partner, "SELECT partner FROM message WHERE id = :id", message);
  return session.First<std::int64_t>(kHeld, message).has_value();
}

void ShareHoldOfDelivery(Session& session, std::int64_t delivery) {
  ShareHoldOf(session, DestinationKind::pacs, "SELECT pacs FROM delivery WHERE id = :id", delivery);
}

void ShareHoldOfReceipt(Session& session, std::int64_t receipt) {
  ShareHoldOf(session, DestinationKind::partner, "SELECT partner FROM receipt WHERE id = :id", receipt);
}

bool ObeyHoldOfReceipt(Session& session, std::int64_t receipt) {
  static const std::string kHold = Sql("UPDATE receipt SET state = ", ReceiptState::held,
                                       " WHERE id = :id AND state = ", ReceiptState::due, " AND ", kReceiptIsHeld);
  ShareHoldOfReceipt(session, receipt);
  return session.Execute(kHold, receipt) > 0;
}

void ObeyHoldOfDelivery(Session& session, std::int64_t delivery) {
  static const std::string kHold =
      Sql("UPDATE delivery SET state = ", DeliveryState::held, " WHERE id = :id AND state = ", DeliveryState::waiting,
          " AND ", kDeliveryIsHeld);
  ShareHoldOfDelivery(session, delivery);
  session.Execute(kHold, delivery);
}

}  // namespace gateway::ledger
