#include "ledger/store/claim.h"

#include "ledger/store/lock.h"

namespace gateway::ledger {

// The condition stands twice. The first one finds rows by the index. On a database that lets
// several transactions write at once, another transaction may have claimed or changed a row between
// the search and the update. The second condition is asked about the row as it is then. It stands
// in a CASE, so that no database uses it for the search.
Claimable::Claimable(std::string_view table, const std::string& where, std::string_view order_by,
                     std::string_view order, std::string_view also)
    : select(std::string("SELECT id FROM ")
                 .append(table)
                 .append(" WHERE ")
                 .append(where)
                 .append(" ORDER BY ")
                 .append(order_by)
                 .append(" LIMIT :limit")),
      claim(std::string("UPDATE ")
                .append(table)
                .append(" SET claimed_until = :until, claimed_by = :node")
                .append(also)
                .append(" WHERE id IN (")
                .append(select)
                .append(kSkipLocked)
                .append(") AND CASE WHEN ")
                .append(Again(where))
                .append(" THEN 1 END = 1 RETURNING ")
                .append(order)
                .append(", id")) {}

std::string Again(std::string_view condition) {
  const auto is_name = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  std::string text;
  bool in_name = false;
  for (const char c : condition) {
    if (in_name && !is_name(c)) text.append("_again");
    in_name = c == ':' || (in_name && is_name(c));
    text.push_back(c);
  }
  return in_name ? text.append("_again") : text;
}

}  // namespace gateway::ledger
