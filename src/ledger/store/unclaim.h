// Claims given back, of any table that has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {

// A power failure may undo it, and a start voids all claims of its node anyway. What another node
// has claimed since stays claimed.
inline Result<void> UnclaimRows(Database& database, const std::string& table, const std::vector<std::int64_t>& ids) {
  const std::string sql = std::string("UPDATE " + table + " SET claimed_until = 0 WHERE id = :id").append(kIsOurs);
  return database.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const std::int64_t id : ids) session.Execute(sql, id, database.impl().node());
    return {};
  });
}

// At a start: the claims of this node from before, and those that nobody owns, as a ledger of
// version 5 has them.
inline void VoidClaims(Session& session, const std::string& node, KindState state, std::string_view also = {}) {
  session.Execute(Sql("UPDATE ", TableOf(state.kind), " SET claimed_until = 0", also, " WHERE state = ", state,
                      " AND claimed_until > 0", kIsOurs),
                  node);
}

}  // namespace gateway::ledger
