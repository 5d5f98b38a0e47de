// Records which destinations are away, and finds what waits for a destination that the
// configuration does not have. Nothing waits for these records: they are written without an fsync,
// and the next failure writes them again.
#include "ledger/destinations.h"

#include <map>
#include <utility>

#include "ledger/store/database_impl.h"
#include "telemetry/events.h"

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

Result<void> Destinations::RecordAway(const DestinationName& destination, const Error& error, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        "INSERT INTO away_destination (kind, name, since, error_code, error_detail) VALUES (:kind, :name, :now, :code, "
        ":detail) ON CONFLICT (kind, name) DO UPDATE SET error_code = excluded.error_code, error_detail = "
        "excluded.error_detail WHERE away_destination.error_code <> excluded.error_code",
        NameOf(destination.kind), destination.name, now, error.code, error.detail);
    return {};
  });
}

Result<void> Destinations::RecordBack(const DestinationName& destination) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute("DELETE FROM away_destination WHERE kind = :kind AND name = :name", NameOf(destination.kind),
                    destination.name);
    return {};
  });
}

Result<void> Destinations::ForgetAway(const DestinationName& destination) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    if (destination.kind == DestinationKind::mailbox) {
      session.Execute("DELETE FROM away_destination WHERE kind = 'partner'");
    }
    session.Execute("DELETE FROM away_destination WHERE kind = :kind AND (name = :name OR :all = 1)",
                    NameOf(destination.kind), destination.name, destination.name.empty() ? 1 : 0);
    return {};
  });
}

Result<void> Destinations::ForgetAway() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    // Single writer 5: all rows are those of the one daemon, which starts now.
    session.Execute("DELETE FROM away_destination");
    return {};
  });
}

void RecordAway(Destinations destinations, const DestinationName& destination, const Error& error, Time now) {
  if (const Result<void> recorded = destinations.RecordAway(destination, error, now); !recorded) {
    events::LedgerFailed("record-away", recorded.error());
  }
}

void RecordBack(Destinations destinations, const DestinationName& destination) {
  if (const Result<void> recorded = destinations.RecordBack(destination); !recorded) {
    events::LedgerFailed("record-back", recorded.error());
  }
}

MailHooks RecordIn(Destinations destinations, std::string mailbox,
                   std::function<void(const std::string& partner)> due) {
  return {.away = [destinations, mailbox](
                      const std::string& partner, const Error& error,
                      Time now) { RecordAway(destinations, MailDestination(mailbox, partner), error, now); },
          .back =
              [destinations, mailbox, due = std::move(due)](const std::string& partner) {
                due(partner);
                RecordBack(destinations, MailDestination(mailbox, partner));
              }};
}

std::vector<Away> LoadAway(Session& session) {
  std::vector<Away> all;
  for (auto& [kind, name, since, code, detail] : session.Rows<std::string, std::string, Time, std::string, std::string>(
           "SELECT kind, name, since, error_code, error_detail FROM away_destination ORDER BY kind, name")) {
    all.push_back({{DestinationKindNamed(kind), std::move(name)}, since, std::move(code), std::move(detail)});
  }
  return all;
}

Result<std::vector<Away>> Destinations::AllAway() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<Away>> { return LoadAway(session); });
}

}  // namespace gateway::ledger
