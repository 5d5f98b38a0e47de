// Nothing waits for these records: they are written without an fsync, and the next failure writes
// them again.
#include "ledger/away_destinations.h"

#include <utility>

#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"
#include "telemetry/events.h"

namespace gateway::ledger {

Result<void> AwayDestinations::RecordAway(const DestinationName& destination, const Error& error, Time now) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute(
        "INSERT INTO away_destination (kind, name, since, error_code, error_detail) VALUES (:kind, :name, :now, :code, "
        ":detail) ON CONFLICT (kind, name) DO UPDATE SET error_code = excluded.error_code, error_detail = "
        "excluded.error_detail WHERE away_destination.error_code <> excluded.error_code",
        NameOf(destination.kind), destination.name, now, error.code, error.detail);
    return {};
  });
}

Result<void> AwayDestinations::RecordBack(const DestinationName& destination) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    session.Execute("DELETE FROM away_destination WHERE kind = :kind AND name = :name", NameOf(destination.kind),
                    destination.name);
    return {};
  });
}

Result<void> AwayDestinations::Forget(const DestinationName& destination) {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    if (destination.kind == DestinationKind::mailbox) {
      session.Execute(Sql("DELETE FROM away_destination WHERE kind = ", DestinationKind::partner));
    }
    session.Execute("DELETE FROM away_destination WHERE kind = :kind AND (name = :name OR :all = 1)",
                    NameOf(destination.kind), destination.name, destination.name.empty() ? 1 : 0);
    return {};
  });
}

Result<void> AwayDestinations::Forget() {
  return database_.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    // Single writer 5: all rows are those of the one daemon, which starts now.
    session.Execute("DELETE FROM away_destination");
    return {};
  });
}

void RecordAway(AwayDestinations destinations, const DestinationName& destination, const Error& error, Time now) {
  if (const Result<void> recorded = destinations.RecordAway(destination, error, now); !recorded) {
    events::LedgerFailed("record-away", recorded.error());
  }
}

void RecordBack(AwayDestinations destinations, const DestinationName& destination) {
  if (const Result<void> recorded = destinations.RecordBack(destination); !recorded) {
    events::LedgerFailed("record-back", recorded.error());
  }
}

MailHooks RecordIn(AwayDestinations destinations, std::string mailbox,
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

Result<std::vector<Away>> AwayDestinations::All() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<Away>> { return LoadAway(session); });
}

}  // namespace gateway::ledger
