// Locks for transactions that read rows and then change them. On SQLite only one transaction writes
// at a time (dialect::kBeginWrite), so all of this is empty and costs nothing. On PostgreSQL, under
// READ COMMITTED, each statement sees what was committed before it, and a row that was read may
// have changed before it is written.
//
// docs/ledger.md lists what each transaction relies on.
#pragma once

#include <string>
#include <string_view>

#include "ledger/store/session.h"
#include "ledger/store/sqlite/dialect.h"

namespace gateway::ledger {

// Ends a SELECT of rows that its transaction goes on to change or to rely upon. The SELECT may have
// no aggregate and no outer join. Nobody else changes these rows before the transaction ends. If
// somebody just did, the SELECT sees the result.
inline constexpr std::string_view kLocked = dialect::kForUpdate;

// Ends the search for rows to claim. It passes over rows that another transaction claims at this
// moment.
inline constexpr std::string_view kSkipLocked = dialect::kForUpdateSkipLocked;

// Locks the rows of `select` as kLocked does, because a later statement must see all of them in
// that state. On SQLite it runs no statement.
template <typename... Values>
void LockRows(Session& session, std::string_view select, const Values&... values) {
  if constexpr (!kLocked.empty()) session.Execute(std::string(select).append(kLocked), values...);
}

// Names something that may have no row yet. Two transactions that lock the same name come one after
// the other.
enum class LockOf { uid, fragments, document, hold_of_partner, hold_of_pacs };
template <typename Name>
void LockName(Session& session, LockOf what, const Name& name) {
  if constexpr (!kLocked.empty()) session.Execute(dialect::kLockName, static_cast<int>(what), name);
}

// Transactions that share a name go on together, but not beside one that locks it.
template <typename Name>
void ShareName(Session& session, LockOf what, const Name& name) {
  if constexpr (!kLocked.empty()) session.Execute(dialect::kShareName, static_cast<int>(what), name);
}

}  // namespace gateway::ledger
