#include "ledger/rules/acted.h"

#include "base/person.h"
#include "ledger/error_codes.h"

namespace gateway::ledger {
namespace {

std::string_view TableOf(ItemKind kind) {
  switch (kind) {
    case ItemKind::instance:
      return "instance";
    case ItemKind::shipment:
      return "shipment";
    case ItemKind::message:
      return "message";
    case ItemKind::mail:
      return "mail";
    case ItemKind::delivery:
      return "delivery";
    case ItemKind::receipt:
      return "receipt";
    case ItemKind::set:
      return "received_set";
    case ItemKind::document:
      return "document";
  }
  return {};
}

}  // namespace

Result<std::string> StateOf(Session& session, ItemId id) {
  const std::string sql = "SELECT state FROM " + std::string(TableOf(id.kind)) + " WHERE id = :id";
  auto state = session.First<std::string>(sql, id.number);
  if (!state) return Permanent(codes::kNoSuchItem, "there is no " + Format(id));
  return *std::move(state);
}

Error WrongState(ItemId id, std::string_view state, std::string_view hint) {
  std::string detail = Format(id) + " is " + std::string(state);
  if (!hint.empty()) detail.append(": ").append(hint);
  return Permanent(codes::kWrongState, std::move(detail));
}

void RecordAct(Session& session, std::string_view what, std::string_view item, Time now) {
  session.Execute("INSERT INTO operator_act (at, what, item, actor) VALUES (:at, :what, :item, :actor)", now, what,
                  item, PersonAtTheConsole());
}

void Wake(Session& session, DestinationKind kind, std::string_view name) {
  session.Execute(
      "INSERT INTO woken (kind, name, times) VALUES (:kind, :name, 1) ON CONFLICT (kind, name) DO UPDATE SET "
      "times = woken.times + 1",
      NameOf(kind), name);
}

}  // namespace gateway::ledger
