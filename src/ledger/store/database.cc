#include "ledger/store/database.h"

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "ledger/store/sqlite/wal_check.h"
#include "ledger/store/sqlite/write_ahead_log.h"
#include "policy/error_codes.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kIdleReaders = 8;
// This file stays once there is a ledger. If the ledger is missing then, it was lost.
constexpr const char* kMade = "-made";
// The copy from before an upgrade stays for this long.
constexpr std::chrono::days kCopiesStay{30};

std::filesystem::path Beside(const std::filesystem::path& file, const char* suffix) {
  std::filesystem::path result = file;
  result += suffix;
  return result;
}

Result<bool> Exists(const std::filesystem::path& file) {
  std::error_code error;
  const bool exists = std::filesystem::exists(file, error);
  if (error) return ErrorFromErrno(error.value(), "stat", file);
  return exists;
}

// Turns exceptions of `work`, which returns a Result, into Errors.
template <typename Work>
auto Guard(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    return ErrorFromException(std::current_exception());
  }
}

// Makes the new ledger under another name, and renames it when it is complete. So a ledger file
// that is empty or half made is always damage, and never the trace of an interrupted first start.
Result<void> Create(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(const bool made_before, Exists(Beside(file, kMade)));
  if (made_before) {
    return ConfigError(codes::kLedgerDamaged,
                       file.string() + " is missing, and one was made here before: restore it. To " +
                           "begin anew without all that it knew, remove " + Beside(file, kMade).string());
  }
  // A -wal without its ledger holds transactions that a new ledger would lose.
  GATEWAY_ASSIGN(const bool left_over, Exists(Beside(file, "-wal")));
  if (left_over) {
    return ConfigError(codes::kLedgerDamaged, file.string() + " is missing, but its -wal is there: restore both");
  }
  const std::filesystem::path fresh = Beside(file, ".new");
  // An interrupted first start may have left these two.
  GATEWAY_TRY(RemoveFile(fresh));
  GATEWAY_TRY(RemoveFile(Beside(fresh, "-journal")));
  { GATEWAY_ASSIGN([[maybe_unused]] const UniqueFd fd, CreateFile(fresh)); }
  GATEWAY_TRY(Guard([&]() -> Result<void> {
    Session session(fresh);
    dialect::SetUpNew(session);
    session.Execute(dialect::kBeginWrite);
    dialect::MarkAsLedger(session);
    Migrate(session, Migrations(), SystemClock().Now());
    session.Execute("COMMIT");
    return {};
  }));
  GATEWAY_TRY(SyncFile(fresh));
  DurablePoint("start.ledger-made");
  return RenameDurably(fresh, file);
}

std::filesystem::path CopyOf(const std::filesystem::path& file, std::int64_t version) {
  return Beside(file, (".schema-" + std::to_string(version)).c_str());
}

// Keeps the ledger as it is, of schema `version`, so that a person can go back to the program that
// made it. An interrupted upgrade may have left a part of such a copy.
Result<void> CopyBeforeUpgrade(Session& session, const std::filesystem::path& file, std::int64_t version) {
  const std::filesystem::path copy = CopyOf(file, version);
  GATEWAY_TRY(RemoveFile(copy));
  { GATEWAY_ASSIGN([[maybe_unused]] const UniqueFd fd, CreateFile(copy)); }
  dialect::CopyTo(session, copy);
  GATEWAY_TRY(SyncFile(copy));
  return SyncDirectory(copy.parent_path());
}

// Removes copies that nobody goes back to any more.
Result<void> RemoveOldCopies(const std::filesystem::path& file) {
  const auto now = std::filesystem::file_time_type::clock::now();
  for (std::int64_t version = 1; version < Migrations().back().version; ++version) {
    const std::filesystem::path copy = CopyOf(file, version);
    std::error_code missing;
    const auto made = std::filesystem::last_write_time(copy, missing);
    if (!missing && made + kCopiesStay < now) GATEWAY_TRY(RemoveFile(copy));
  }
  return {};
}

Result<void> Upgrade(Session& session, const std::filesystem::path& file, OpenMode mode) {
  if (!dialect::IsMarkedAsLedger(session))
    return ConfigError(codes::kLedgerDamaged, file.string() + " is not a ledger");
  const std::int64_t version = SchemaVersion(session);
  const std::int64_t known = Migrations().back().version;
  if (version == 0) return ConfigError(codes::kLedgerDamaged, file.string() + " has no schema");
  if (version > known) {
    return ConfigError(codes::kLedgerNewer, file.string() + " has schema " + std::to_string(version) +
                                                ", this version knows " + std::to_string(known));
  }
  if (version == known) return {};
  if (mode == OpenMode::existing) {
    return ConfigError(codes::kLedgerOlder, file.string() + " is of an older version: restart the daemon first");
  }
  events::LedgerUpgrading(version, known, CopyOf(file, version).string());
  GATEWAY_TRY(CopyBeforeUpgrade(session, file, version));
  session.Execute(dialect::kBeginWrite);
  Migrate(session, Migrations(), SystemClock().Now());
  session.Execute("COMMIT");
  events::LedgerUpgraded(known);
  return {};
}

Result<void> ReadThrough(int fd) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource source(fd, {0, size});
  std::string buffer(65'536, '\0');
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, source.Read(buffer));
    if (count == 0) return {};
  }
}

// Checks whether every byte of the ledger (by `fd`) and of its log can be read.
Result<void> ReadAll(int fd, const std::filesystem::path& file) {
  GATEWAY_TRY(ReadThrough(fd));
  GATEWAY_ASSIGN(const bool has_log, Exists(Beside(file, "-wal")));
  if (!has_log) return {};
  GATEWAY_ASSIGN(const UniqueFd log, OpenForReading(Beside(file, "-wal")));
  return ReadThrough(log.get());
}

bool SaysDamaged(const Result<std::unique_ptr<Session>>& opened) {
  return !opened && Is(opened.error(), codes::kLedgerDamaged);
}

Result<std::unique_ptr<Session>> OpenOnce(const std::filesystem::path& file, OpenMode mode) {
  return Guard([&]() -> Result<std::unique_ptr<Session>> {
    // SQLite would take an empty file for a new database.
    if (std::filesystem::file_size(file) == 0) return ConfigError(codes::kLedgerDamaged, "the file is empty");
    auto session = std::make_unique<Session>(file);
    // A daemon also keeps the -wal until it has set its own mark. If the start fails, the -wal must
    // stay, because an earlier mark may demand it.
    WriteAheadLog(*session).Keep();
    dialect::SetUp(*session);
    GATEWAY_TRY(Upgrade(*session, file, mode));
    if (const std::string damage = FindDamage(*session); !damage.empty()) {
      return ConfigError(codes::kLedgerDamaged, damage);
    }
    return session;
  });
}

// SQLite sometimes reports a page that it could not read as a damaged one. So the gateway believes
// no damage as long as the files cannot be read, and none that it does not see a second time.
Result<std::unique_ptr<Session>> OpenChecked(int fd, const std::filesystem::path& file, OpenMode mode) {
  auto opened = OpenOnce(file, mode);
  if (SaysDamaged(opened)) {
    GATEWAY_TRY(ReadAll(fd, file));
    opened = OpenOnce(file, mode);
  }
  if (SaysDamaged(opened)) {
    return ConfigError(codes::kLedgerDamaged, file.string() + " cannot be read (" + opened.error().detail +
                                                  "): restore it from a backup; it is never made anew");
  }
  return opened;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& file, OpenMode mode, std::string node) {
  GATEWAY_TRY(CheckWal(file));
  GATEWAY_ASSIGN(const bool exists, Exists(file));
  if (!exists && mode == OpenMode::existing)
    return ConfigError(codes::kLedgerMissing, file.string() + " does not exist");
  if (!exists) GATEWAY_TRY(Create(file));
  GATEWAY_ASSIGN(UniqueFd fd, OpenForReading(file));
  GATEWAY_ASSIGN(std::unique_ptr<Session> session, OpenChecked(fd.get(), file, mode));
  if (mode != OpenMode::existing) {
    GATEWAY_ASSIGN(const bool noted, Exists(Beside(file, kMade)));
    if (!noted) GATEWAY_TRY(WriteFileDurably(Beside(file, kMade), ""));
    GATEWAY_TRY(MarkOpen(file));
    WriteAheadLog(*session).Keep(false);
    GATEWAY_TRY(RemoveOldCopies(file));
  }
  std::unique_ptr<Database> database(
      new Database(std::make_unique<Impl>(file, std::move(fd), std::move(session), mode, std::move(node))));
  if (mode != OpenMode::existing) database->marked_ = file;
  return database;
}

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() {
  if (!marked_.empty() && !MarkClosed(marked_)) impl_->KeepWal();
}

Result<void> Database::Impl::CheckReadable() const {
  return ReadAll(fd_.get(), file_);
}

void Database::Impl::KeepWal() {
  (void)WriteUnsynced([](Session& session) -> Result<void> {
    WriteAheadLog(session).Keep();
    return {};
  });
  const std::lock_guard lock(mutex_);
  for (const auto& session : readers_) WriteAheadLog(*session).Keep();
}

std::unique_ptr<Session> Database::Impl::BorrowReader() {
  {
    const std::lock_guard lock(mutex_);
    if (!readers_.empty()) {
      std::unique_ptr<Session> session = std::move(readers_.back());
      readers_.pop_back();
      return session;
    }
  }
  auto session = std::make_unique<Session>(file_);
  if (mode_ == OpenMode::existing) WriteAheadLog(*session).Keep();
  dialect::SetUp(*session);
  return session;
}

void Database::Impl::ReturnReader(std::unique_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  if (readers_.size() < kIdleReaders) readers_.push_back(std::move(session));
}

}  // namespace gateway::ledger
