// Answers `verify` and the scan at the start, which look at many files: each question is one look
// into an index.
#include "ledger/known_files.h"

#include <string_view>

#include "ledger/store/database_impl.h"

namespace gateway::ledger {
namespace {

Result<bool> Knows(Database& database, std::string_view sql, const std::string& key) {
  return database.impl().Read(
      [&](Session& session) -> Result<bool> { return session.First<std::int64_t>(sql, key).has_value(); });
}

}  // namespace

Result<bool> KnownFiles::HasInstance(const std::string& key) {
  return Knows(database_, "SELECT id FROM instance WHERE spool_key = :key LIMIT 1", key);
}

Result<bool> KnownFiles::HasMessage(const std::string& key) {
  return Knows(database_, "SELECT id FROM message WHERE spool_key = :key LIMIT 1", key);
}

Result<bool> KnownFiles::HasMail(const std::string& key) {
  return Knows(database_, "SELECT id FROM mail WHERE spool_key = :key LIMIT 1", key);
}

Result<bool> KnownFiles::HasDocument(const std::string& key) {
  return Knows(database_, "SELECT id FROM document WHERE spool_key = :key LIMIT 1", key);
}

Result<bool> KnownFiles::HasDerived(const std::string& key) {
  return Knows(database_, "SELECT id FROM derived WHERE spool_key = :key LIMIT 1", key);
}

}  // namespace gateway::ledger
