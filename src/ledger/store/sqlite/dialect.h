// Everything that is particular to SQLite and would differ for PostgreSQL: how a connection is set
// up, how a writing transaction begins, the type of a key that counts up, and triggers. All other
// SQL in this folder is meant for both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/integrity.h"
#include "ledger/store/session.h"

namespace gateway::ledger::dialect {

inline constexpr std::string_view kAutoKey = "INTEGER PRIMARY KEY AUTOINCREMENT";

// Takes the write lock at once. A transaction that first read and then wrote could be refused
// because another process wrote in between.
inline constexpr std::string_view kBeginWrite = "BEGIN IMMEDIATE";

// By these a transaction keeps others from rows (lock.h). On SQLite only one transaction writes, so
// they are empty. On PostgreSQL they would be " FOR UPDATE", " FOR UPDATE SKIP LOCKED", "SELECT
// pg_advisory_xact_lock(:what, hashtext(:name))", and the same with pg_advisory_xact_lock_shared.
inline constexpr std::string_view kForUpdate;
inline constexpr std::string_view kForUpdateSkipLocked;
inline constexpr std::string_view kLockName;
inline constexpr std::string_view kShareName;

// Sets up a connection to a ledger that exists.
void SetUp(Session& session);
// Sets whether the transactions from here on are on disk when their COMMIT returns. A synced
// transaction also brings all earlier ones to disk. Call it only between transactions.
void SetSynced(Session& session, bool synced);
// Moves what was committed from the log into the database file, and syncs that file. Returns false
// if it could not move all of it because somebody still reads. Call it only between transactions.
bool EmptyLog(Session& session);
// Does the same as far as nobody has to wait for it. Later transactions then overwrite what was in
// the log. It throws if a disk fails. Call it only between transactions.
void CopyLog(Session& session);
// Copies the ledger into `file`, which must be empty. It throws if a disk fails or is full. Call it
// only between transactions. The copy is not synced.
void CopyTo(Session& session, const std::filesystem::path& file);
// Sets up the connection that makes a new ledger. It uses a rollback journal, so that the finished
// file is complete without a WAL.
void SetUpNew(Session& session);

// These mark the file as a ledger, and tell whether it is marked.
void MarkAsLedger(Session& session);
bool IsMarkedAsLedger(Session& session);

// Returns statements that keep state_count exact for `table`. `kind` is an SQL expression about the
// row named %ROW%.
std::vector<std::string> CountTriggers(const std::string& table, const std::string& kind);

// Returns the steps of the plan of `sql`, as the database describes them.
std::vector<std::string> Explain(Session& session, const std::string& sql);

// These do what integrity.h says.
std::vector<std::string> DamagedPages(Session& session, std::size_t limit);
std::vector<BrokenReference> BrokenReferences(Session& session);

// Returns the names of all tables, indices and triggers that statements have made.
std::vector<std::string> SchemaObjects(Session& session);

}  // namespace gateway::ledger::dialect
