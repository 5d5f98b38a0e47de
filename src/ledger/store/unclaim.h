// Gives claims back, in any table that has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

// A power failure may undo this, and a start voids all claims of its node anyway. If another node
// has claimed a row since, that claim stays.
inline Result<void> UnclaimRows(Database& database, const std::string& table, const std::vector<std::int64_t>& ids) {
  const std::string sql = std::string("UPDATE " + table + " SET claimed_until = 0 WHERE id = :id").append(kIsOurs);
  return database.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const std::int64_t id : ids) session.Execute(sql, id, database.impl().node());
    return {};
  });
}

// Voids, at a start, the earlier claims of this node, and those without an owner, which a ledger of
// version 5 has.
inline void VoidClaims(Session& session, const std::string& node, KindState state) {
  session.Execute(Sql("UPDATE ", TableOf(state.kind), " SET claimed_until = 0 WHERE state = ", state,
                      " AND claimed_until > 0", kIsOurs),
                  node);
}

}  // namespace gateway::ledger
