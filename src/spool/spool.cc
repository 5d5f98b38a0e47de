#include "spool/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <thread>

#include "base/files.h"
#include "base/random_text.h"
#include "spool/error_codes.h"
#include "spool/file_system.h"
#include "spool/state_directory.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 16;
constexpr std::chrono::seconds kLongestStart{30};
constexpr std::array kKinds{Kind::instance, Kind::message, Kind::mail, Kind::document, Kind::derived};

std::string_view DirectoryName(Kind kind) {
  switch (kind) {
    case Kind::instance:
      return "instances";
    case Kind::message:
      return "messages";
    case Kind::mail:
      return "mails";
    case Kind::document:
      return "documents";
    case Kind::derived:
      return "derived";
  }
  return {};
}

std::string_view Extension(Kind kind) {
  switch (kind) {
    case Kind::instance:
    case Kind::derived:
      return ".dcm";
    case Kind::message:
    case Kind::mail:
      return ".eml";
    case Kind::document:
      return ".bin";
  }
  return {};
}

fs::path Orphans(const fs::path& state_dir) {
  return state_dir / "spool" / "orphans";
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsKey(std::string_view text) {
  return text.size() == 2 * kKeyBytes && IsHex(text);
}

std::string TwoDigits(unsigned number) {
  static constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[number >> 4 & 15], kDigits[number & 15]};
}

// A disk that is full, fails or is not mounted yet may be well at the next start. So these errors
// are transient, and systemd tries again.
Error Unusable(const Error& error) {
  return error.fault == Fault::permanent ? Transient(codes::kStateDirUnusable, error.detail) : error;
}

// Makes the 256 directories of a kind, and syncs their names even if none was missing. A first
// start that was cut short may have left the names unsynced, and all files in them would be lost
// with them.
Result<void> MakeDirectories(const fs::path& parent) {
  GATEWAY_TRY(CreateDirectories(parent));
  for (unsigned i = 0; i < 256; ++i) {
    const fs::path directory = parent / TwoDigits(i);
    std::error_code ignored;
    if (fs::is_directory(directory, ignored)) continue;
    GATEWAY_TRY(CreateDirectories(directory));
  }
  DurablePoint("start.directories-made");
  GATEWAY_TRY(SyncDirectory(parent));
  return SyncDirectory(parent.parent_path());
}

Result<void> Empty(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  while (!error && entry != fs::directory_iterator()) {
    fs::remove_all(entry->path(), error);
    if (!error) entry.increment(error);
  }
  if (error) return ErrorFromErrno(error.value(), "empty", directory);
  return {};
}

Error IsLink(const fs::path& file) {
  return ConfigError(codes::kStateDirUnusable, file.string() + " is a link: remove it");
}

Result<UniqueFd> Lock(const fs::path& file) {
  // A link would lead this start out of the state directory, and the file is emptied below.
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return errno == ELOOP ? IsLink(file) : Unusable(ErrorFromErrno(errno, "open", file));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Transient(codes::kStateDirInUse, "another daemon holds " + file.string());
    return Unusable(ErrorFromErrno(errno, "lock", file));
  }
  // The number tells people who holds the lock. The lock itself is what counts.
  if (::ftruncate(fd.get(), 0) != 0) return Unusable(ErrorFromErrno(errno, "truncate", file));
  if (auto written = WriteAll(fd.get(), std::to_string(::getpid()) + "\n"); !written) return Unusable(written.error());
  return fd;
}

// `operation` is LOCK_EX or LOCK_SH. Nobody holds this lock for long. So the wait has an end, in
// case the holder was stopped.
Result<UniqueFd> LockStart(const fs::path& file, int operation) {
  const int flags = (operation == LOCK_EX ? O_RDWR | O_CREAT : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(::open(file.c_str(), flags, 0600));
  if (!fd) return errno == ELOOP ? IsLink(file) : ErrorFromErrno(errno, "open", file);
  const auto deadline = std::chrono::steady_clock::now() + kLongestStart;
  while (::flock(fd.get(), operation | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return ErrorFromErrno(errno, "lock", file);
    if (std::chrono::steady_clock::now() > deadline)
      return Transient(codes::kStateDirBusy, file.string() + " is locked");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return fd;
}

// Files that a command of root leaves in the spool must belong to the daemon's user.
Result<void> GiveToOwner(const fs::path& file, const fs::path& state_dir) {
  if (::geteuid() != 0) return {};
  struct stat owner {};
  if (::stat(state_dir.c_str(), &owner) != 0) return ErrorFromErrno(errno, "stat", state_dir);
  if (::lchown(file.c_str(), owner.st_uid, owner.st_gid) != 0) return ErrorFromErrno(errno, "chown", file);
  return {};
}

Result<void> Prepare(const fs::path& state_dir) {
  const fs::path spool = state_dir / "spool";
  // A start removes everything in work, so work must not be a link to some other directory. The
  // spool as a whole may be a link, for example to another disk.
  for (const fs::path& directory : {spool / "work", Orphans(state_dir)}) GATEWAY_TRY(RefuseLink(directory));
  for (const Kind kind : kKinds) GATEWAY_TRY(RefuseLink(spool / DirectoryName(kind)));
  for (const Kind kind : kKinds) GATEWAY_TRY(MakeDirectories(spool / DirectoryName(kind)));
  GATEWAY_TRY(CreateDirectories(spool / "work"));
  GATEWAY_TRY(CreateDirectories(Orphans(state_dir)));
  GATEWAY_TRY(SyncDirectory(spool));
  GATEWAY_TRY(SyncDirectory(state_dir));
  return Empty(spool / "work");
}

// Visits the files of one of the 256 directories.
Result<void> VisitDirectory(Kind kind, const fs::path& directory, const std::function<void(const Entry&)>& visit) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() != Extension(kind) || !IsKey(path.stem().string())) continue;
    std::error_code vanished;  // workers keep and remove files at the same time
    const std::uint64_t size = fs::file_size(path, vanished);
    if (!vanished) visit({kind, path.stem().string(), size});
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return ErrorFromErrno(error.value(), "list", directory);
  }
  return {};
}

// Without its ledger the gateway would take every file here for an orphan, and put it aside or
// remove it.
Result<void> RefuseLostLedger(const Spool& spool) {
  std::error_code error;
  const bool there = fs::exists(spool.LedgerFile(), error);
  if (error) return ErrorFromErrno(error.value(), "stat", spool.LedgerFile());
  if (there) return {};
  std::size_t files = 0;
  GATEWAY_TRY(spool.ForEach([&files](const Entry&) { ++files; }));
  if (files == 0) return {};
  return ConfigError(codes::kStateDirUnusable, spool.LedgerFile().string() + " is missing, but the spool holds " +
                                                   std::to_string(files) +
                                                   " files: restore the ledger, or move the spool away");
}

}  // namespace

bool CanBeMadeAgain(Kind kind) {
  return kind == Kind::message || kind == Kind::derived;
}

Kind FileKindOf(ItemKind item) {
  switch (item) {
    case ItemKind::message:
      return Kind::message;
    case ItemKind::mail:
      return Kind::mail;
    case ItemKind::document:
      return Kind::document;
    default:
      return Kind::instance;
  }
}

Result<std::unique_ptr<Spool>> Spool::Open(const fs::path& state_dir) {
  if (auto made = CreateDirectories(state_dir); !made) return Unusable(made.error());
  GATEWAY_TRY(RefuseNetwork(state_dir));
  GATEWAY_ASSIGN(const std::string mended, TakeFromOthers(state_dir));
  if (!mended.empty()) events::StateDirectoryMended(state_dir.string(), mended);
  // This may fail if the gateway may not read the directory above. Then it did not make this
  // directory either, and nothing needs a sync.
  (void)SyncDirectory(state_dir.parent_path());
  std::unique_ptr<Spool> spool = View(state_dir);
  GATEWAY_ASSIGN(spool->lock_, Lock(state_dir / "lock"));
  GATEWAY_ASSIGN(spool->start_, LockStart(state_dir / "start", LOCK_EX));
  if (auto whole = RefuseLostLedger(*spool); !whole) return Unusable(whole.error());
  if (auto prepared = Prepare(state_dir); !prepared) return Unusable(prepared.error());
  return spool;
}

Result<UniqueFd> Spool::DeferStart() const {
  return LockStart(state_dir_ / "start", LOCK_SH);
}

bool Spool::DaemonRuns(const fs::path& state_dir) {
  const Result<UniqueFd> fd = OpenForReading(state_dir / "lock");
  // This asks for a shared lock, so that two commands that ask at the same time do not take each
  // other for a daemon.
  return fd && ::flock(fd->get(), LOCK_SH | LOCK_NB) != 0;
}

std::unique_ptr<Spool> Spool::View(const fs::path& state_dir) {
  return std::unique_ptr<Spool>(new Spool(state_dir));
}

fs::path Spool::LedgerFile() const {
  return state_dir_ / "ledger.db";
}

fs::path Spool::NewWorkFile() const {
  return state_dir_ / "spool" / "work" / RandomHex(kKeyBytes);
}

Result<std::string> Spool::Keep(Kind kind, const fs::path& work_file) const {
  GATEWAY_TRY(GiveToOwner(work_file, state_dir_));
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(work_file));
  std::string key = RandomHex(kKeyBytes);
  const fs::path target = PathOf(kind, key);
  if (std::rename(work_file.c_str(), target.c_str()) != 0) return ErrorFromErrno(errno, "rename", work_file);
  DurablePoint("spool.renamed");
  // The rename comes before the sync, so that a journalling file system commits once for both.
  // Nobody knows the name before it is synced. After a power loss in between, the file is an
  // orphan, just as a file of spool/work would be.
  Result<void> synced = SyncFile(fd.get());
  DurablePoint("spool.synced");
  if (synced) synced = SyncDirectory(target.parent_path());
  if (!synced) {
    // Nobody can ask for the file without its key, so it must go.
    (void)RemoveFile(target);
    return synced.error();
  }
  DurablePoint("spool.kept");
  return key;
}

fs::path Spool::PathOf(Kind kind, const std::string& key) const {
  const fs::path directory = state_dir_ / "spool" / DirectoryName(kind);
  // Keys are made here and come back from the ledger. If one has any other form, it names no file,
  // and above all none outside the spool.
  if (!IsKey(key)) return directory / "no-such-key";
  return directory / key.substr(0, 2) / (key + std::string(Extension(kind)));
}

Result<void> Spool::Remove(Kind kind, const std::string& key) const {
  return RemoveFile(PathOf(kind, key));
}

Result<void> Spool::PutAside(Kind kind, const std::string& key) const {
  if (CanBeMadeAgain(kind)) return Remove(kind, key);
  const fs::path file = PathOf(kind, key);
  const fs::path aside = Orphans(state_dir_) / (std::string(DirectoryName(kind)) + "-" + file.filename().string());
  // The file is gone if a command removed it between its commit and the scan.
  if (std::rename(file.c_str(), aside.c_str()) != 0 && errno != ENOENT) return ErrorFromErrno(errno, "rename", file);
  return {};
}

Result<std::size_t> Spool::RemoveOrphans(Time put_aside_before) const {
  const fs::path directory = Orphans(state_dir_);
  std::error_code error;
  std::size_t removed = 0;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    struct stat status {};
    // st_ctim is the time at which the file was moved here.
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (FromUnixMilliseconds(std::int64_t{status.st_ctim.tv_sec} * 1000) >= put_aside_before) continue;
    GATEWAY_TRY(RemoveFile(entry->path()));
    ++removed;
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return ErrorFromErrno(error.value(), "list", directory);
  }
  return removed;
}

Result<Space> Spool::FreeSpace(const FreeSpaceSettings& settings) const {
  struct statvfs status {};
  int result;
  do {
    result = ::statvfs(state_dir_.c_str(), &status);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return ErrorFromErrno(errno, "statvfs", state_dir_);
  Space space;
  space.free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
  const double total = static_cast<double>(status.f_blocks) * static_cast<double>(status.f_frsize);
  const auto bytes = [&](const gateway::FreeSpace& least) {
    return least.bytes != 0 ? least.bytes : static_cast<std::uint64_t>(total * least.percent / 100);
  };
  space.needed_bytes = bytes(settings.min_free_space);
  space.fetch_bytes = settings.fetch_free_space ? bytes(*settings.fetch_free_space) : 2 * space.needed_bytes;
  return space;
}

Result<void> Spool::ForEach(const std::function<void(const Entry&)>& visit) const {
  for (const Kind kind : kKinds) {
    const fs::path parent = state_dir_ / "spool" / DirectoryName(kind);
    for (unsigned i = 0; i < 256; ++i) GATEWAY_TRY(VisitDirectory(kind, parent / TwoDigits(i), visit));
  }
  return {};
}

}  // namespace gateway::spool
