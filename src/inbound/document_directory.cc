#include "inbound/document_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <system_error>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "inbound/error_codes.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kLongestPrefix = 48;  // in bytes, as are the next two
constexpr std::size_t kLongestStem = 80;
constexpr std::size_t kLongestEnding = 12;
constexpr int kMostOfOneName = 1000;
constexpr mode_t kMode = 0640;  // the permissions of the directory decide who reads

Error Unusable(const std::filesystem::path& directory, std::string_view what, int number) {
  return Transient(codes::kDirectoryUnusable,
                   directory.string() + ": " + std::string(what) + ": " + std::generic_category().message(number));
}

Error Unusable(const std::filesystem::path& directory, const Error& error) {
  return Transient(codes::kDirectoryUnusable, directory.string() + ": " + error.detail);
}

// Returns at most `limit` bytes, without a character cut in two, and without characters that are
// special for a file system or a shell.
std::string Safe(std::string_view text, std::size_t limit) {
  // Characters that cannot be printed become '?' here, and '?' becomes '_' below.
  std::string safe = Printable(text);
  for (char& c : safe) {
    if (std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos) c = '_';
  }
  if (safe.size() > limit) safe.resize(ValidUtf8Prefix(std::string_view(safe).substr(0, limit)));
  return safe;
}

// Returns the ending with its dot; empty if the name has none.
std::string_view EndingOf(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 || name.size() - dot > kLongestEnding ? std::string_view()
                                                                                         : name.substr(dot);
}

std::string_view UsualName(std::string_view media_type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames{{{"application/pdf", "document.pdf"},
                                                                                 {"image/jpeg", "document.jpg"},
                                                                                 {"image/png", "document.png"},
                                                                                 {"text/plain", "document.txt"},
                                                                                 {"text/xml", "document.xml"},
                                                                                 {"application/xml", "document.xml"}}};
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [media_type](const auto& known) { return known.first == media_type; });
  return found == kNames.end() ? std::string_view("document.bin") : found->second;
}

std::string Numbered(const std::string& name, int number) {
  if (number == 1) return name;
  const std::string_view ending = EndingOf(name);
  return name.substr(0, name.size() - ending.size()) + "-" + std::to_string(number) + std::string(ending);
}

class UnfinishedCopy {
 public:
  explicit UnfinishedCopy(std::filesystem::path path) : path_(std::move(path)) {}
  UnfinishedCopy(const UnfinishedCopy&) = delete;
  UnfinishedCopy& operator=(const UnfinishedCopy&) = delete;
  ~UnfinishedCopy() { (void)::unlink(path_.c_str()); }  // it no longer exists if it was renamed
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

class HashingSink : public Sink {
 public:
  explicit HashingSink(Sink& sink) : sink_(sink) {}
  Result<void> Write(std::string_view bytes) override {
    GATEWAY_TRY(hash_.Write(bytes));
    return sink_.Write(bytes);
  }
  std::string Hex() { return hash_.Hex(); }

 private:
  Sink& sink_;
  Sha256 hash_;
};

Result<void> WriteCopy(const std::filesystem::path& directory, const FileToPlace& file,
                       const std::filesystem::path& to) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file.file));
  (void)::unlink(to.c_str());  // left by a try that was cut short
  const UniqueFd fd(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
  if (!fd) return Unusable(directory, "create a file", errno);
  if (::fchmod(fd.get(), kMode) != 0) return Unusable(directory, "chmod", errno);
  FdSink sink(fd.get());
  HashingSink hashing(sink);
  const Result<std::uint64_t> copied = Copy(source, hashing);
  if (!copied) return Unusable(directory, copied.error());
  if (hashing.Hex() != file.sha256)
    return Corrupt(codes::kDocumentChanged, "it is not what came: document_scanner changed it");
  if (const Result<void> flushed = sink.Flush(); !flushed) return Unusable(directory, flushed.error());
  if (const Result<void> synced = SyncFile(fd.get()); !synced) return Unusable(directory, synced.error());
  return {};
}

bool HasContent(const std::filesystem::path& file, const std::string& sha256) {
  Result<FileSource> source = FileSource::Open(file);
  if (!source) return false;
  const Result<std::string> hash = Sha256Hex(*source);
  return hash && *hash == sha256;
}

// Gives the copy its name unless the name is taken. Returns errno, or 0.
int Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
  // This is a network file system that cannot do both at once. Two threads file documents.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

std::string SafeFileName(std::string_view prefix, std::string_view name, std::string_view media_type) {
  name = name.substr(name.find_last_of("/\\") + 1);
  // Windows shares remove trailing dots and blanks.
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.remove_suffix(1);
  if (name.empty()) name = UsualName(media_type);
  const std::string_view ending = EndingOf(name);
  std::string safe =
      Safe(prefix, kLongestPrefix) + "_" + Safe(name.substr(0, name.size() - ending.size()), kLongestStem);
  safe += Safe(ending, kLongestEnding);
  if (safe.front() == '.') safe.front() = '_';  // else it would be hidden
  return safe;
}

Result<void> PlaceFile(const std::filesystem::path& directory, const FileToPlace& file) {
  const UnfinishedCopy copy(directory / ("." + file.key + ".part"));
  GATEWAY_TRY(WriteCopy(directory, file, copy.path()));
  int failure = EEXIST;
  for (int number = 1; failure == EEXIST && number <= kMostOfOneName; ++number) {
    const std::filesystem::path name = directory / Numbered(file.name, number);
    failure = Rename(copy.path(), name);
    if (failure == EEXIST && HasContent(name, file.sha256)) failure = 0;
  }
  if (failure != 0) return Unusable(directory, "rename a file", failure);
  if (const Result<void> synced = SyncDirectory(directory); !synced) return Unusable(directory, synced.error());
  return {};
}

Result<std::filesystem::path> ExportFile(const std::filesystem::path& file, const std::string& name,
                                         const std::filesystem::path& directory) {
  for (int number = 1; number <= kMostOfOneName; ++number) {
    std::filesystem::path copy = directory / Numbered(name, number);
    const UniqueFd fd(::open(copy.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd && errno == EEXIST) continue;
    if (!fd) return Permanent(codes::kFileError, copy.string() + ": " + std::generic_category().message(errno));
    GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
    FdSink sink(fd.get());
    GATEWAY_TRY(Copy(source, sink));
    GATEWAY_TRY(sink.Flush());
    return copy;
  }
  return Permanent(codes::kFileError, directory.string() + ": too many files of that name");
}

}  // namespace gateway::inbound
