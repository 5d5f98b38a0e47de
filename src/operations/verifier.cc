#include "operations/verifier.h"

#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "base/files.h"
#include "base/sha256.h"
#include "operations/known_destinations.h"
#include "operations/known_files.h"

namespace gateway::operations {
namespace {

constexpr std::size_t kAtOnce = 1000;
constexpr int kLooks = 5;
// This is longer than any claim's lease. A worker that is merely slow has given back or recorded
// its items by then.
constexpr Milliseconds kLongClaimed{60 * 60'000};
// A file is kept before the ledger knows it, and removed after the ledger has forgotten it. Neither
// takes so long.
constexpr Milliseconds kLongUnknown{10 * 60'000};
constexpr std::chrono::milliseconds kMoment{500};

// Returns when the file got its name. nullopt means that there is no such file.
std::optional<Time> ChangedAt(const std::filesystem::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return std::nullopt;
  return FromUnixMilliseconds(std::int64_t{status.st_ctim.tv_sec} * 1000 + status.st_ctim.tv_nsec / 1'000'000);
}

Result<std::string> HashFrom(const std::filesystem::path& file, std::uint64_t offset) {
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(file));
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd.get()));
  FdSource source(fd.get(), {offset, size > offset ? size - offset : 0});
  return Sha256Hex(source);
}

}  // namespace

Result<Verification> Verifier::Run() {
  result_ = {};
  const Time now = clock_.Now();
  GATEWAY_ASSIGN(std::vector<ledger::Disagreement> in_ledger,
                 consistency_.Check(options_.daemon_runs ? std::optional(now - kLongClaimed) : std::nullopt, now));
  for (ledger::Disagreement& found : in_ledger) {
    result_.disagreements.push_back({found.kind, found.item, std::move(found)});
  }
  GATEWAY_TRY(FindStranded());
  for (const ItemKind kind : {ItemKind::instance, ItemKind::message, ItemKind::mail, ItemKind::document}) {
    GATEWAY_TRY(CheckFiles(kind));
  }
  GATEWAY_TRY(CheckDerivedFiles());
  GATEWAY_TRY(FindOrphans());
  GATEWAY_TRY(FindOddities());
  return std::move(result_);
}

Result<void> Verifier::CheckFiles(ItemKind kind) {
  std::int64_t last = 0;
  while (true) {
    GATEWAY_ASSIGN(const std::vector<ledger::FileRow> rows, consistency_.FilesAfter(kind, last, kAtOnce));
    if (rows.empty()) return {};
    for (const ledger::FileRow& row : rows) GATEWAY_TRY(CheckFile(row));
    last = rows.back().id.number;
  }
}

Result<void> Verifier::CheckDerivedFiles() {
  std::int64_t last = 0;
  while (true) {
    GATEWAY_ASSIGN(const std::vector<ledger::FileRow> rows, consistency_.DerivedFilesAfter(last, kAtOnce));
    if (rows.empty()) return {};
    for (const ledger::FileRow& row : rows) GATEWAY_TRY(CheckFile(row));
    last = rows.back().derived;
  }
}

Result<std::optional<ledger::FileRow>> Verifier::LookAgain(const ledger::FileRow& row) {
  return row.derived == 0 ? consistency_.FileOf(row.id) : consistency_.DerivedFileOf(row.derived);
}

// The ledger forgets a file before it is removed. So if the ledger still names the file after the
// look at it, something is wrong.
Result<void> Verifier::CheckFile(const ledger::FileRow& row) {
  ++result_.files;
  std::optional<ledger::FileRow> current = row;
  for (int look = 0; look < kLooks; ++look) {
    std::optional<Disagreement> found = Compare(*current);
    if (!found) return {};
    GATEWAY_ASSIGN(std::optional<ledger::FileRow> again, LookAgain(row));
    if (!again) return {};
    // With another key, the row got another file meanwhile, and that one must be looked at.
    if (again->spool_key == current->spool_key) {
      result_.disagreements.push_back(*std::move(found));
      return {};
    }
    current = std::move(again);
  }
  return {};
}

std::optional<Disagreement> Verifier::Compare(const ledger::FileRow& row) {
  const std::filesystem::path path =
      spool_.PathOf(row.derived == 0 ? spool::FileKindOf(row.id.kind) : spool::Kind::derived, row.spool_key);
  const auto wrong = [&](DisagreementKind kind, std::string error = {}) {
    return Disagreement{kind, Format(row.id), WrongFile{path, std::move(error)}};
  };
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? wrong(DisagreementKind::file_missing)
                           : wrong(DisagreementKind::file_unreadable, ErrorFromErrno(errno, "stat", path).detail);
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (row.size && size != *row.size) {
    return Disagreement{DisagreementKind::file_size, Format(row.id), WrongFile{path, {}, size, *row.size}};
  }
  if (!options_.deep || row.sha256.empty()) return std::nullopt;
  const Result<std::string> hash = HashFrom(path, row.hash_offset);
  if (!hash) return wrong(DisagreementKind::file_unreadable, hash.error().detail);
  ++result_.files_hashed;
  if (*hash != row.sha256) return wrong(DisagreementKind::file_hash);
  return std::nullopt;
}

Result<void> Verifier::FindOrphans() {
  std::vector<spool::Entry> unknown;
  Result<void> outcome;
  GATEWAY_TRY(spool_.ForEach([&](const spool::Entry& entry) {
    if (!outcome) return;
    const Result<bool> known = KnowsFile(known_files_, entry);
    if (!known) {
      outcome = known.error();
    } else if (!*known) {
      unknown.push_back(entry);
    }
  }));
  GATEWAY_TRY(std::move(outcome));
  if (unknown.empty()) return {};
  // A file that is on its way gets known, or is removed, in this moment.
  std::this_thread::sleep_for(kMoment);
  for (const spool::Entry& entry : unknown) {
    GATEWAY_ASSIGN(const bool known, KnowsFile(known_files_, entry));
    const std::filesystem::path path = spool_.PathOf(entry.kind, entry.key);
    const std::optional<Time> changed = ChangedAt(path);
    if (known || !changed) continue;
    if (options_.daemon_runs && clock_.Now() - *changed < kLongUnknown) {
      ++result_.in_flight;
      continue;
    }
    result_.disagreements.push_back(
        {DisagreementKind::orphan, path.string(), Orphan{spool::CanBeMadeAgain(entry.kind)}});
  }
  return {};
}

Result<void> Verifier::FindStranded() {
  if (!options_.known) return {};
  GATEWAY_ASSIGN(const std::vector<ledger::Stranded> stranded, destinations_.FindStranded(*options_.known));
  for (const ledger::Stranded& found : stranded) {
    result_.disagreements.push_back({DisagreementKind::destination_unknown, TextOf(found.destination), found});
  }
  return {};
}

Result<void> Verifier::FindOddities() {
  GATEWAY_ASSIGN(std::vector<spool::Oddity> oddities, spool::FindOddities(settings_.state_dir, options_.daemon_runs));
  for (spool::Oddity& oddity : oddities) {
    result_.disagreements.push_back({oddity.kind, oddity.path.string(), std::move(oddity)});
  }
  return {};
}

Result<Verification> Verify(const OperatorContext& context, bool deep, const Clock& clock) {
  return Verifier(context.settings.gateway, context.spool, context.database, clock,
                  {deep, context.daemon_runs, DestinationsOf(context.settings)})
      .Run();
}

}  // namespace gateway::operations
