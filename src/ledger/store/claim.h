// Claims, of any table that has them but document, whose claims note more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "ledger/store/database_impl.h"

namespace gateway::ledger {

// What to claim, first to last.
struct Claimable {
  std::string_view table;
  std::string which;       // SELECT of the ids; its last parameter is the limit
  std::string_view order;  // before the id: two columns, or numbers
};

// `values`: the parameters of `which` but the limit. The rows, as load_all(Session&, ids) reads them, are nobody else's
// until `until`; a power failure may undo that, which is what a start does anyway. Workers ask after each item whether
// there is another, most often in vain: that costs a read in this thread, and no transaction of the writer's.
template <typename T, typename LoadAll, typename... Values>
Result<std::vector<T>> ClaimAllRows(Database& database, const Claimable& what, const LoadAll& load_all, Time until,
                                    std::size_t limit, const Values&... values) {
  GATEWAY_ASSIGN(const bool any, database.impl().Read([&](Session& session) -> Result<bool> {
    return session.First<std::int64_t>(what.which, values..., 1).has_value();
  }));
  if (!any) return std::vector<T>();
  const std::string claim = std::string("UPDATE ").append(what.table) + " SET claimed_until = :until WHERE id IN (" +
                            what.which + ") RETURNING " + std::string(what.order) + ", id";
  return database.impl().WriteUnsynced([&](Session& session) -> Result<std::vector<T>> {
    auto rows = session.Rows<int, std::int64_t, std::int64_t>(claim, until, values..., limit);
    std::sort(rows.begin(), rows.end());  // RETURNING gives them in any order
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size());
    for (const auto& [order, place, id] : rows) ids.push_back(id);
    return load_all(session, ids);
  });
}

// Each row as load(Session&, id) reads it.
template <typename T, typename... Values>
Result<std::vector<T>> ClaimRows(Database& database, const Claimable& what, T (*load)(Session&, std::int64_t),
                                 Time until, std::size_t limit, const Values&... values) {
  const auto load_all = [load](Session& session, const std::vector<std::int64_t>& ids) {
    std::vector<T> items;
    items.reserve(ids.size());
    for (const std::int64_t id : ids) items.push_back(load(session, id));
    return items;
  };
  return ClaimAllRows<T>(database, what, load_all, until, limit, values...);
}

}  // namespace gateway::ledger
