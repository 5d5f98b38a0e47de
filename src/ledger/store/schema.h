// The tables, and how an older ledger gets today's schema.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/store/session.h"

namespace gateway::ledger {

struct Migration {
  std::int64_t version = 0;  // the schema's version once its statements have run
  std::vector<std::string> statements;
};

// The migrations in order of version, from 1. A migration that was published is never changed.
const std::vector<Migration>& Migrations();

// Returns the version of the schema, or 0 if there is none.
std::int64_t SchemaVersion(Session& session);
// Runs the migrations that are newer than the schema, in the caller's transaction.
void Migrate(Session& session, std::span<const Migration> migrations, Time now);

// Reads a little of every table and looks for every index and trigger. So it finds a ledger that is
// plainly broken, without reading all of it. Returns what is wrong, or an empty text if nothing is.
// Throws what SOCI throws on unreadable pages.
std::string FindDamage(Session& session);

}  // namespace gateway::ledger
