#include "spool/state_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/files.h"
#include "spool/error_codes.h"

namespace gateway::spool {
namespace {

namespace fs = std::filesystem;

std::string Octal(mode_t mode) {
  std::string text = "0";
  for (int shift = 6; shift >= 0; shift -= 3) text += static_cast<char>('0' + (mode >> shift & 7));
  return text;
}

bool IsOurs(const std::string& name) {
  constexpr std::array<std::string_view, 6> kOurs{"lock", "start", "spool", "node", "node.new", "lost+found"};
  return name.starts_with("ledger.db") || std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end();
}

// Returns the name of something that is not the gateway's. Empty means that there is no such thing.
std::string ForeignName(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (std::string name = entry->path().filename().string(); !IsOurs(name)) return name;
  }
  return {};
}

Error Open(const fs::path& state_dir, mode_t mode, const std::string& why) {
  return ConfigError(codes::kStateDirOpen, state_dir.string() + " has mode " + Octal(mode & 0777) + ": " + why +
                                               "; give the gateway a directory of its own (chmod 700)");
}

}  // namespace

Result<void> CheckOwnDirectory(const fs::path& state_dir) {
  struct stat status {};
  if (::stat(state_dir.c_str(), &status) != 0) {
    const std::string why = state_dir.string() + ": " + std::strerror(errno);
    if (errno == ELOOP || errno == ENAMETOOLONG) return ConfigError(codes::kStateDirUnusable, why);
    const bool missing = errno == ENOENT;
    if (missing && ::lstat(state_dir.c_str(), &status) != 0) return {};
    return Transient(codes::kStateDirUnusable, why);
  }
  // A disk that is mounted later may bring the directory.
  if (!S_ISDIR(status.st_mode)) return Transient(codes::kStateDirUnusable, state_dir.string() + " is no directory");
  if ((status.st_mode & 0077) == 0) return {};
  if ((status.st_mode & 0022) != 0) return Open(state_dir, status.st_mode, "others may write into it");
  if (const std::string foreign = ForeignName(state_dir); !foreign.empty()) {
    return Open(state_dir, status.st_mode, "others may read it, and it holds what is not the gateway's");
  }
  return {};
}

Result<std::string> TakeFromOthers(const fs::path& state_dir) {
  GATEWAY_TRY(CheckOwnDirectory(state_dir));
  struct stat status {};
  if (::stat(state_dir.c_str(), &status) != 0) return ErrorFromErrno(errno, "stat", state_dir);
  if ((status.st_mode & 0077) == 0) return std::string();
  if (::chmod(state_dir.c_str(), 0700) != 0) return Open(state_dir, status.st_mode, "it cannot be changed");
  return "its mode was " + Octal(status.st_mode & 0777) + ", and is 0700 now";
}

Result<void> RefuseLink(const fs::path& directory) {
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) return {};
  if (S_ISDIR(status.st_mode)) return {};
  return ConfigError(codes::kStateDirUnusable, directory.string() + " is a link or no directory: remove it");
}

}  // namespace gateway::spool
