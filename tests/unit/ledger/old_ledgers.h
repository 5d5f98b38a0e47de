// Loads ledgers that released versions left, as `sqlite3 ledger.db .dump` prints them.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "ledger_fixture.h"

namespace gateway::ledger {

// Puts the ledger of tests/data/ledgers/`name` in the place of `file`.
inline void LoadOldLedger(const std::string& name, const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  std::ifstream stream(std::filesystem::path(TEST_DATA_DIR) / "ledgers" / name);
  std::stringstream text;
  text << stream.rdbuf();
  ASSERT_FALSE(text.str().empty());
  Session session(file);
  // A statement ends with a semicolon at the end of a line.
  std::string statement;
  for (std::string line; std::getline(text, line);) {
    statement += line + "\n";
    if (!line.ends_with(";")) continue;
    session.Execute(statement);
    statement.clear();
  }
}

inline std::int64_t VersionOf(const std::filesystem::path& file) {
  Session session(file);
  return SchemaVersion(session);
}

}  // namespace gateway::ledger
