#include "ledger/store/sqlite/dialect.h"

#include <tuple>

namespace gateway::ledger::dialect {
namespace {

constexpr std::int64_t kApplicationId = 0x444D4757;  // "DMGW"

std::string Replace(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string CountStatement(const std::string& sign, const std::string& kind, const std::string& row) {
  return "UPDATE state_count SET n = n " + sign + " 1 WHERE kind = " + Replace(kind, "%ROW%", row) +
         " AND state = " + row + ".state; ";
}

void SetCommon(Session& session) {
  session.WaitForOthers();
  session.Execute("PRAGMA synchronous = FULL");
  session.Execute("PRAGMA foreign_keys = ON");
  session.Execute("PRAGMA temp_store = MEMORY");
}

}  // namespace

void SetSynced(Session& session, bool synced) {
  session.Execute(synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

bool EmptyLog(Session& session) {
  // If somebody reads, everything may be copied and the log still cannot be cut. SQLite then says
  // busy.
  const auto row = session.Row<int, std::int64_t, std::int64_t>("PRAGMA wal_checkpoint(TRUNCATE)");
  return row && std::get<0>(*row) == 0 && std::get<1>(*row) == std::get<2>(*row);
}

void CopyLog(Session& session) {
  (void)session.Row<int>("PRAGMA wal_checkpoint(PASSIVE)");
}

void CopyTo(Session& session, const std::filesystem::path& file) {
  session.Execute("VACUUM INTO :file", file.string());
}

void SetUp(Session& session) {
  SetCommon(session);
  session.Execute("PRAGMA journal_mode = WAL");
  session.Execute("PRAGMA wal_autocheckpoint = 0");  // the writer does it, and checks the result
  // Gives space back after a long reader made the log grow.
  session.Execute("PRAGMA journal_size_limit = 67108864");
  session.Execute("PRAGMA cache_size = -16384");  // KiB
}

void SetUpNew(Session& session) {
  SetCommon(session);
  session.Execute("PRAGMA journal_mode = DELETE");
}

void MarkAsLedger(Session& session) {
  session.Execute("PRAGMA application_id = " + std::to_string(kApplicationId));
}

bool IsMarkedAsLedger(Session& session) {
  return session.First<std::int64_t>("PRAGMA application_id") == kApplicationId;
}

std::vector<std::string> CountTriggers(const std::string& table, const std::string& kind) {
  // Single writer 4: transactions that change states would wait for each other at these rows.
  return {
      "CREATE TRIGGER " + table + "_count_insert AFTER INSERT ON " + table + " BEGIN " +
          CountStatement("+", kind, "NEW") + "END",
      "CREATE TRIGGER " + table + "_count_update AFTER UPDATE OF state ON " + table +
          " WHEN OLD.state <> NEW.state BEGIN " + CountStatement("-", kind, "OLD") + CountStatement("+", kind, "NEW") +
          "END",
      "CREATE TRIGGER " + table + "_count_delete AFTER DELETE ON " + table + " BEGIN " +
          CountStatement("-", kind, "OLD") + "END",
  };
}

std::vector<std::string> Explain(Session& session, const std::string& sql) {
  std::vector<std::string> steps;
  for (const auto& [id, parent, unused, step] : session.Rows<int, int, int, std::string>("EXPLAIN QUERY PLAN " + sql)) {
    steps.push_back(step);
  }
  return steps;
}

std::vector<std::string> DamagedPages(Session& session, std::size_t limit) {
  std::vector<std::string> lines =
      session.FirstColumn<std::string>("PRAGMA integrity_check(" + std::to_string(limit) + ")");
  std::erase(lines, "ok");
  return lines;
}

std::vector<BrokenReference> BrokenReferences(Session& session) {
  std::vector<BrokenReference> broken;
  for (auto& [table, row, parent, key] :
       session.Rows<std::string, std::int64_t, std::string, std::int64_t>("PRAGMA foreign_key_check")) {
    broken.push_back({std::move(table), row, std::move(parent)});
  }
  return broken;
}

std::vector<std::string> SchemaObjects(Session& session) {
  return session.FirstColumn<std::string>("SELECT name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name");
}

}  // namespace gateway::ledger::dialect
