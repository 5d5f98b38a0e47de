// Finds sets that stay incomplete.
#include "ledger/received_sets.h"

#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

Result<std::vector<IncompleteSet>> ReceivedSets::RecordOverdue(Time quiet_since, std::size_t limit) {
  return database_.impl().Write([&](Session& session) -> Result<std::vector<IncompleteSet>> {
    std::vector<IncompleteSet> sets;
    for (const auto& [id, partner, parts, total] : session.Rows<std::int64_t, std::string, std::size_t, std::size_t>(
             Sql("SELECT id, partner, parts, total FROM received_set WHERE state = ", SetState::incomplete,
                 " AND last_part <= :since ORDER BY last_part LIMIT :limit", kLocked),
             quiet_since, limit)) {
      session.Execute(Sql("UPDATE received_set SET state = ", SetState::overdue, " WHERE id = :id"), id);
      sets.push_back({id, partner, parts, total});
    }
    return sets;
  });
}

}  // namespace gateway::ledger
