#include "ledger/destinations.h"

#include <map>
#include <utility>

#include "ledger/store/database_impl.h"

namespace gateway::ledger {

const std::vector<KindState>& WaitingFor(DestinationKind kind) {
  using M = MessageState;
  using R = ReceiptState;
  using Mail = MailState;
  static const std::vector<KindState> kForPacs{DeliveryState::waiting, DeliveryState::held};
  static const std::vector<KindState> kForPartner{ShipmentState::open, M::waiting, M::sealed, M::held,
                                                  R::waiting,          R::due,     R::held};
  // A received mail can be opened by the key of its mailbox only.
  static const std::vector<KindState> kForMailbox{ShipmentState::open, M::waiting,       M::sealed, M::held,
                                                  R::waiting,          R::due,           R::held,   Mail::fetched,
                                                  Mail::fragment,      Mail::quarantined};
  if (kind == DestinationKind::pacs) return kForPacs;
  return kind == DestinationKind::partner ? kForPartner : kForMailbox;
}

Result<std::vector<Stranded>> Destinations::FindStranded(const KnownDestinations& known) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<Stranded>> {
    std::map<std::pair<DestinationKind, std::string>, std::int64_t> counts;
    for (const DestinationKind kind : {DestinationKind::pacs, DestinationKind::partner, DestinationKind::mailbox}) {
      const std::string column(NameOf(kind));
      for (const KindState state : WaitingFor(kind)) {
        const std::string sql = "SELECT " + column + ", COUNT(*) FROM " + std::string(TableOf(state.kind)) +
                                " WHERE state = :state GROUP BY " + column;
        for (auto& [name, count] : session.Rows<std::string, std::int64_t>(sql, state)) {
          if (!known.Has({kind, name})) counts[{kind, std::move(name)}] += count;
        }
      }
    }
    std::vector<Stranded> stranded;
    for (const auto& [destination, items] : counts) {
      stranded.push_back({{destination.first, destination.second}, items});
    }
    return stranded;
  });
}

std::vector<DestinationName> LoadDestinations(Session& session, ItemId id) {
  std::vector<DestinationName> destinations;
  if (id.kind == ItemKind::delivery) {
    for (std::string& pacs : session.FirstColumn<std::string>("SELECT pacs FROM delivery WHERE id = :id", id.number)) {
      destinations.push_back({DestinationKind::pacs, std::move(pacs)});
    }
    return destinations;
  }
  if (id.kind == ItemKind::mail) {
    for (std::string& mailbox :
         session.FirstColumn<std::string>("SELECT mailbox FROM mail WHERE id = :id", id.number)) {
      destinations.push_back({DestinationKind::mailbox, std::move(mailbox)});
    }
    return destinations;
  }
  const char* table = id.kind == ItemKind::message    ? "message"
                      : id.kind == ItemKind::receipt  ? "receipt"
                      : id.kind == ItemKind::shipment ? "shipment"
                                                      : nullptr;
  if (table == nullptr) return destinations;
  const std::string sql = std::string("SELECT partner, mailbox FROM ") + table + " WHERE id = :id";
  for (auto& [partner, mailbox] : session.Rows<std::string, std::string>(sql, id.number)) {
    destinations.push_back({DestinationKind::partner, std::move(partner)});
    destinations.push_back({DestinationKind::mailbox, std::move(mailbox)});
  }
  return destinations;
}

Result<std::vector<DestinationName>> Destinations::Of(ItemId id) {
  return database_.impl().Read(
      [&](Session& session) -> Result<std::vector<DestinationName>> { return LoadDestinations(session, id); });
}

}  // namespace gateway::ledger
