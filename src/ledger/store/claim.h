// Claims rows of every table except document, whose claims record more.
//
// A claim names its node (Database::Impl::node()) and ends by itself at claimed_until. A start
// voids the claims of its own node only. If a claim has ended and another node claims the row, the
// row belongs to that node. What the former owner then reports about its try no longer counts
// (IsOfAnother(), kIsOurs).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "ledger/store/database_impl.h"

namespace gateway::ledger {

// Says which rows to claim, and in which order.
struct Claimable {
  // `where` says which rows may be claimed, and that they are free. `order` gives two columns, or
  // numbers, which come before the id. `also` is what a claim sets besides, with a comma before it.
  Claimable(std::string_view table, const std::string& where, std::string_view order_by, std::string_view order,
            std::string_view also = {});

  std::string select;  // finds the ids; its last parameter is the limit
  std::string claim;   // returns `order` and the id of each row
};

// Returns `condition` with other names for its parameters, for a second place in one statement.
std::string Again(std::string_view condition);

// Ends the WHERE of an UPDATE with which a worker records an outcome. The row must be claimed by
// the worker's node or by nobody. The parameter is the node.
inline constexpr std::string_view kIsOurs = " AND claimed_by IN ('', :node)";

// Returns whether another node has claimed the row since. `claimed_by` is the column.
inline bool IsOfAnother(const Database& database, const std::string& claimed_by) {
  return !claimed_by.empty() && claimed_by != database.impl().node();
}

// Claims rows until `until`. `values` are the parameters of `where`, and load_all(Session&, ids)
// reads the rows. A power failure may undo the claims, and so does a start. Workers ask after each
// item whether there is another, and most often there is none. So the first look is a read in the
// caller's thread, and costs the writer no transaction.
template <typename T, typename LoadAll, typename... Values>
Result<std::vector<T>> ClaimAllRows(Database& database, const Claimable& what, const LoadAll& load_all, Time until,
                                    std::size_t limit, const Values&... values) {
  GATEWAY_ASSIGN(const bool any, database.impl().Read([&](Session& session) -> Result<bool> {
    return session.First<std::int64_t>(what.select, values..., 1).has_value();
  }));
  if (!any) return std::vector<T>();
  return database.impl().WriteUnsynced([&](Session& session) -> Result<std::vector<T>> {
    auto rows = session.Rows<int, std::int64_t, std::int64_t>(what.claim, until, database.impl().node(), values...,
                                                              limit, values...);
    std::sort(rows.begin(), rows.end());  // RETURNING gives the rows in any order
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size());
    for (const auto& [order, place, id] : rows) ids.push_back(id);
    return load_all(session, ids);
  });
}

// Does the same. load(Session&, id) reads one row.
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
