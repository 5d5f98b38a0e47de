// Claims given back, of any table that has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/store/database_impl.h"

namespace gateway::ledger {

// A power failure may undo it, and a start voids all claims anyway.
inline Result<void> UnclaimRows(Database& database, const std::string& table, const std::vector<std::int64_t>& ids) {
  const std::string sql = "UPDATE " + table + " SET claimed_until = 0 WHERE id = :id";
  return database.impl().WriteUnsynced([&](Session& session) -> Result<void> {
    for (const std::int64_t id : ids) session.Execute(sql, id);
    return {};
  });
}

}  // namespace gateway::ledger
