// What is SQLite's own, and would be another for PostgreSQL: how a connection is set up, how a writing transaction
// begins, the type of a key that counts up, and triggers. All other SQL in this folder is meant for both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/store/session.h"

namespace gateway::ledger::dialect {

inline constexpr std::string_view kAutoKey = "INTEGER PRIMARY KEY AUTOINCREMENT";

// Takes the write lock at once: a transaction that read first and then wrote could be refused by another process's.
inline constexpr std::string_view kBeginWrite = "BEGIN IMMEDIATE";

// How a transaction keeps others from rows (lock.h). It is the only one that writes, so that it
// needs no words. PostgreSQL: " FOR UPDATE", " FOR UPDATE SKIP LOCKED" and "SELECT
// pg_advisory_xact_lock(:what, hashtext(:name))".
inline constexpr std::string_view kForUpdate;
inline constexpr std::string_view kForUpdateSkipLocked;
inline constexpr std::string_view kLockName;

// For each connection to a ledger that exists.
void SetUp(Session& session);
// Whether the transactions from here on are on disk when their COMMIT returns. One that is takes all before it along.
// Between transactions only.
void SetSynced(Session& session, bool synced);
// Moves what was committed from the log into the database file, and syncs that. False: not all of it, as somebody still
// reads. Between transactions only.
bool EmptyLog(Session& session);
// The same as far as nobody has to wait for it; what the log held is then overwritten by what comes. Throws where a
// disk fails. Between transactions only.
void CopyLog(Session& session);
// For the connection that makes a new one: a rollback journal, so that the finished file is whole without its WAL.
void SetUpNew(Session& session);

// Marks the file as a ledger, and tells whether it is marked.
void MarkAsLedger(Session& session);
bool IsMarkedAsLedger(Session& session);

// Statements that keep state_count exact for `table`: `kind` is an SQL expression over the row named %ROW%.
std::vector<std::string> CountTriggers(const std::string& table, const std::string& kind);

// The steps of the plan of `sql`, as the database describes them.
std::vector<std::string> Explain(Session& session, const std::string& sql);

// Names of all tables, indices and triggers that were made by statements.
std::vector<std::string> SchemaObjects(Session& session);

}  // namespace gateway::ledger::dialect
