#include "ledger/rules/replaced_identifiers.h"

#include "ledger/store/database_impl.h"

namespace gateway::ledger {

void RecordReplacements(Session& session, const Replacements& replaced, Time now) {
  for (const ReplacedIdentifier& pair : replaced.pairs) {
    session.Execute(
        "INSERT INTO replaced_identifier (kind, new_value, old_value, partner, used) VALUES (:kind, :new, :old, "
        ":partner, :used) ON CONFLICT (kind, new_value, partner, old_value) DO UPDATE SET used = excluded.used",
        pair.kind, pair.new_value, pair.old_value, replaced.partner, now);
  }
}

std::int64_t ForgetReplacements(Session& session, Time before, std::size_t limit) {
  // The condition stands twice: under READ COMMITTED a row that was chosen may have been used anew.
  return session.Execute(
      "DELETE FROM replaced_identifier WHERE id IN (SELECT id FROM replaced_identifier WHERE used < :before ORDER BY "
      "used LIMIT :limit) AND used < :again",
      before, limit, before);
}

bool AreOldReplacements(Session& session, Time before) {
  return session.First<std::int64_t>("SELECT id FROM replaced_identifier WHERE used < :before LIMIT 1", before)
      .has_value();
}

Result<std::optional<std::string>> ReplacedIdentifiers::OldValue(const std::string& kind, const std::string& new_value,
                                                                 const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<std::string>> {
    return session.First<std::string>(
        "SELECT old_value FROM replaced_identifier WHERE kind = :kind AND new_value = :new AND partner = :partner "
        "ORDER BY used DESC LIMIT 1",
        kind, new_value, partner);
  });
}

Result<std::vector<ReplacedIdentifier>> ReplacedIdentifiers::OldValues(std::vector<ReplacedIdentifier> pairs,
                                                                       const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<ReplacedIdentifier>> {
    for (ReplacedIdentifier& pair : pairs) {
      const auto found = session.FirstColumn<std::string>(
          "SELECT old_value FROM replaced_identifier WHERE kind = :kind AND new_value = :new AND partner = :partner "
          "LIMIT 2",
          pair.kind, pair.new_value, partner);
      pair.old_value = found.size() == 1 ? found.front() : std::string();
    }
    return pairs;
  });
}

Result<bool> ReplacedIdentifiers::WasSent(const std::string& study_instance_uid, const std::string& partner) {
  return database_.impl().Read([&](Session& session) -> Result<bool> {
    return session
        .First<std::int64_t>("SELECT id FROM shipment WHERE study_instance_uid = :study AND partner = :partner LIMIT 1",
                             study_instance_uid, partner)
        .has_value();
  });
}

}  // namespace gateway::ledger
