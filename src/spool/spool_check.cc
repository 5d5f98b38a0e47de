#include "spool/spool_check.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/files.h"
#include "spool/node_id.h"

namespace gateway::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMost = 1000;
constexpr unsigned kForOthers = S_IRWXG | S_IRWXO;

bool IsHex(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// The path of a spool file is KIND/ab/abcdef....dcm.
bool IsSpoolFile(const fs::path& file) {
  const std::string stem = file.stem().string();
  const std::string extension = file.extension().string();
  return stem.size() == 32 && IsHex(stem) && stem.substr(0, 2) == file.parent_path().filename() &&
         (extension == ".dcm" || extension == ".eml" || extension == ".bin");
}

class Search {
 public:
  Search(const fs::path& state_dir, bool expect_work) : spool_(state_dir / "spool"), expect_work_(expect_work) {}

  Result<void> Run(const fs::path& state_dir) {
    struct stat status {};
    if (::lstat(state_dir.c_str(), &status) != 0) return ErrorFromErrno(errno, "stat", state_dir);
    owner_ = status.st_uid;
    CheckRights(state_dir, status);
    if (const auto node = ReadNodeId(state_dir); !node)
      found_.push_back({DisagreementKind::node_id, state_dir / "node", 0, node.error().detail});
    std::error_code error;
    fs::recursive_directory_iterator entry(state_dir, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (found_.size() >= kMost) return {};
      Check(entry->path());
    }
    // It does not matter if a file is removed while this looks at it.
    if (error && error != std::errc::no_such_file_or_directory) {
      return ErrorFromErrno(error.value(), "list", state_dir);
    }
    return {};
  }

  std::vector<Oddity> TakeFound() { return std::move(found_); }

 private:
  void Check(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    CheckRights(path, status);
    if (S_ISDIR(status.st_mode)) return;
    const fs::path below = path.lexically_relative(spool_);
    const std::string first = below.begin()->string();
    // This is beside the spool: the ledger, the locks, or something that an administrator keeps
    // there.
    if (first == "..") return;
    if (first == "work") {
      if (!expect_work_) found_.push_back({DisagreementKind::work_left, path});
    } else if (first == "orphans") {
      return;
    } else if (!S_ISREG(status.st_mode) || !IsSpoolFile(path)) {
      found_.push_back({DisagreementKind::file_foreign, path});
    }
  }

  void CheckRights(const fs::path& path, const struct stat& status) {
    if (S_ISLNK(status.st_mode)) return;
    const unsigned mode = status.st_mode & 07777U;
    if ((mode & kForOthers) != 0) {
      found_.push_back({DisagreementKind::file_mode, path, mode});
    }
    if (status.st_uid != owner_) {
      found_.push_back({DisagreementKind::file_owner, path});
    }
  }

  const fs::path spool_;
  const bool expect_work_;
  uid_t owner_ = 0;
  std::vector<Oddity> found_;
};

}  // namespace

Result<std::vector<Oddity>> FindOddities(const fs::path& state_dir, bool expect_work) {
  Search search(state_dir, expect_work);
  GATEWAY_TRY(search.Run(state_dir));
  return search.TakeFound();
}

}  // namespace gateway::spool
