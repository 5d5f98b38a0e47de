#include "ledger/care/consistency.h"

#include <array>

#include "ledger/care/consistency_rules.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/integrity.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMostOfASort = 100;

using Found = std::vector<Disagreement>;

// Returns the SQL for id, key, size, offset and hash of the rows of a kind that have a file.
std::string FilesOf(ItemKind kind) {
  switch (kind) {
    case ItemKind::instance:
      return "SELECT id, spool_key, file_size, dataset_offset, dataset_sha256 FROM instance WHERE "
             "spool_key IS NOT NULL";
    case ItemKind::message:
      return "SELECT id, spool_key, size, 0, '' FROM message WHERE spool_key IS NOT NULL";
    case ItemKind::mail:
      // A joined mail's size is the size of its fragments together, so it says nothing about its
      // file.
      return "SELECT id, spool_key, COALESCE(file_size, CASE joined WHEN 1 THEN NULL ELSE size END), 0, "
             "CASE WHEN file_size IS NULL THEN sha256 ELSE file_sha256 END FROM mail WHERE "
             "spool_key IS NOT NULL";
    case ItemKind::document:
      return "SELECT id, spool_key, size, 0, sha256 FROM document WHERE spool_key IS NOT NULL";
    default:
      return {};
  }
}

template <typename... Values>
std::vector<FileRow> Files(Session& session, ItemKind kind, const std::string& sql, const Values&... values) {
  std::vector<FileRow> files;
  for (auto& [id, key, size, offset, sha256] :
       session.Rows<std::int64_t, std::string, std::optional<std::uint64_t>, std::uint64_t, std::string>(sql,
                                                                                                         values...)) {
    files.push_back({{kind, id}, std::move(key), size, offset, std::move(sha256), 0});
  }
  return files;
}

template <typename... Values>
std::vector<FileRow> DerivedFilesOf(Session& session, const std::string& where, const Values&... values) {
  std::vector<FileRow> files;
  for (auto& [id, instance, key, size, sha256] :
       session.Rows<std::int64_t, std::int64_t, std::string, std::uint64_t, std::string>(
           "SELECT id, instance, spool_key, size, sha256 FROM derived WHERE " + where, values...)) {
    files.push_back({{ItemKind::instance, instance}, std::move(key), size, 0, std::move(sha256), id});
  }
  return files;
}

void CheckPages(Session& session, Found& found) {
  for (std::string& line : DamagedPages(session, kMostOfASort)) {
    found.push_back({DisagreementKind::ledger_pages, "ledger", Disagreement::Pages{std::move(line)}});
  }
  std::size_t broken = 0;
  for (const auto& [table, row, parent] : BrokenReferences(session)) {
    if (++broken > kMostOfASort) break;
    found.push_back(
        {DisagreementKind::ledger_reference, table + " " + std::to_string(row), Disagreement::Reference{parent}});
  }
}

std::string DirectionOf(const KindStates& kind) {
  return kind.direction.empty() ? "" : " AND direction = '" + std::string(kind.direction) + "'";
}

void CheckCounts(Session& session, const KindStates& kind, Found& found) {
  std::string known;
  for (const KindState& state : kind.states) {
    known.append(known.empty() ? "" : ", ").append(Sql(state));
    const std::string where(" FROM " + std::string(kind.table) + " WHERE state = :state" + DirectionOf(kind));
    const auto rows = *session.First<std::int64_t>("SELECT COUNT(*)" + where, state.name);
    const auto counted = session.First<std::int64_t>("SELECT n FROM state_count WHERE kind = :kind AND state = :state",
                                                     NameOf(kind.kind), state.name);
    if (counted == rows) continue;
    found.push_back({DisagreementKind::count_wrong, std::string(NameOf(kind.kind)) + " " + std::string(state.name),
                     Disagreement::Count{counted, rows}});
  }
  const std::string sql = "SELECT id, state FROM " + std::string(kind.table) + " WHERE state NOT IN (" + known + ")" +
                          DirectionOf(kind) + " LIMIT :limit";
  for (const auto& [id, state] : session.Rows<std::int64_t, std::string>(sql, kMostOfASort)) {
    found.push_back({DisagreementKind::state_unknown, std::string(kind.table) + " " + std::to_string(id),
                     Disagreement::State{state}});
  }
}

void CheckRule(Session& session, const Rule& rule, Found& found) {
  for (const std::int64_t id : session.FirstColumn<std::int64_t>(rule.sql + " LIMIT :limit", kMostOfASort)) {
    found.push_back({rule.broken, Format(rule.kind, id), Disagreement::Row{rule.kind}});
  }
}

void CheckClaims(Session& session, Time before, Time now, Found& found) {
  for (const KindState state :
       std::initializer_list<KindState>{MessageState::waiting, MessageState::sealed, MailState::fetched,
                                        DeliveryState::waiting, ReceiptState::due, DocumentState::waiting}) {
    const std::string sql = "SELECT id FROM " + std::string(TableOf(state.kind)) +
                            " WHERE state = :state AND claimed_until > 0 AND claimed_until < :before AND "
                            "next_try <= :now LIMIT :limit";
    for (const std::int64_t id : session.FirstColumn<std::int64_t>(sql, state, before, now, kMostOfASort)) {
      found.push_back({DisagreementKind::claim_expired, Format(state.kind, id), Disagreement::Row{state.kind}});
    }
  }
}

}  // namespace

Result<std::vector<FileRow>> Consistency::FilesAfter(ItemKind kind, std::int64_t after, std::size_t limit) {
  const std::string select = FilesOf(kind);
  if (select.empty()) return std::vector<FileRow>();
  return database_.impl().Read([&](Session& session) -> Result<std::vector<FileRow>> {
    return Files(session, kind, select + " AND id > :after ORDER BY id LIMIT :limit", after, limit);
  });
}

Result<std::optional<FileRow>> Consistency::FileOf(ItemId id) {
  const std::string select = FilesOf(id.kind);
  if (select.empty()) return std::optional<FileRow>();
  return database_.impl().Read([&](Session& session) -> Result<std::optional<FileRow>> {
    std::vector<FileRow> files = Files(session, id.kind, select + " AND id = :id", id.number);
    if (files.empty()) return std::optional<FileRow>();
    return std::optional(std::move(files.front()));
  });
}

Result<std::vector<FileRow>> Consistency::DerivedFilesAfter(std::int64_t after, std::size_t limit) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<FileRow>> {
    return DerivedFilesOf(session, "id > :after ORDER BY id LIMIT :limit", after, limit);
  });
}

Result<std::optional<FileRow>> Consistency::DerivedFileOf(std::int64_t derived) {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<FileRow>> {
    std::vector<FileRow> files = DerivedFilesOf(session, "id = :id", derived);
    if (files.empty()) return std::optional<FileRow>();
    return std::optional(std::move(files.front()));
  });
}

Result<std::vector<Disagreement>> Consistency::Check(std::optional<Time> claims_before, Time now) {
  return database_.impl().Read([&](Session& session) -> Result<Found> {
    Found found;
    CheckPages(session, found);
    for (const KindStates& kind : AllStates()) CheckCounts(session, kind, found);
    for (const Rule& rule : Rules()) CheckRule(session, rule, found);
    if (claims_before) CheckClaims(session, *claims_before, now, found);
    return found;
  });
}

}  // namespace gateway::ledger
