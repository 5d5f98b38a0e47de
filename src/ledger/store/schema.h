// The tables, and how an older ledger becomes one of today.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/store/session.h"

namespace gateway::ledger {

struct Migration {
  std::int64_t version = 0;  // of the schema, once its statements have run
  std::vector<std::string> statements;
};

// In order of version, from 1. A released one is never changed.
const std::vector<Migration>& Migrations();

// The version of the schema; 0 where there is none.
std::int64_t SchemaVersion(Session& session);
// Runs the migrations that are newer than the schema, in the caller's transaction.
void Migrate(Session& session, std::span<const Migration> migrations, Time now);

// Reads a little of every table and looks for every index and trigger: finds a ledger that is plainly broken without
// reading it all. Returns what is wrong, empty when nothing is; throws what SOCI throws on unreadable pages.
std::string FindDamage(Session& session);

}  // namespace gateway::ledger
