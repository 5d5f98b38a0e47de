#include "base/trusted_path.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/handles.h"

namespace gateway {
namespace {

constexpr int kMostLinks = 40;        // as the kernel follows
constexpr int kMostInterpreters = 5;  // one more than the kernel follows

// The user whom our package makes for the service.
constexpr const char* kServiceUser = "dicom-mail-gateway";

// A file, link or directory on the way.
struct Thing {
  std::string name;  // "it", or "its directory /etc/x"
  std::string deed;  // what whoever writes it could do
};

bool IsTrustedGroup(gid_t group) {
  if (::geteuid() == 0 || group == 0 || group == ::getegid()) return true;
  const int count = ::getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count <= 0 || ::getgroups(count, groups.data()) != count) return false;
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

std::optional<uid_t> FindServiceUser() {
  std::array<char, 16'384> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(kServiceUser, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return found->pw_uid;
}

bool IsTrustedOwner(uid_t owner, TrustedAs as) {
  if (owner == 0 || owner == ::geteuid()) return true;
  if (::geteuid() != 0) return false;
  static const std::optional<uid_t> service_user = FindServiceUser();
  return as != TrustedAs::program || owner == service_user;
}

Result<void> CheckOwner(const struct stat& status, const Thing& thing, TrustedAs as) {
  if (IsTrustedOwner(status.st_uid, as)) return {};
  return ConfigError(codes::kWritableByOthers, "user " + std::to_string(status.st_uid) +
                                                   ", who is neither root nor the gateway's user, owns " + thing.name +
                                                   ", and may " + thing.deed + "; give it to root (chown root)");
}

Result<void> CheckWriters(const struct stat& status, const Thing& thing) {
  const std::string what = thing.name + ", and " + thing.deed;
  if ((status.st_mode & S_IWOTH) != 0) {
    return ConfigError(codes::kWritableByOthers,
                       "everybody on this machine may write " + what +
                           "; take that away (chmod o-w), and then look whether the file still says what it should");
  }
  if ((status.st_mode & S_IWGRP) != 0 && !IsTrustedGroup(status.st_gid)) {
    return ConfigError(codes::kWritableByOthers, "the group " + std::to_string(status.st_gid) +
                                                     ", which is neither root's nor the gateway's, may write " + what +
                                                     "; take that away (chmod g-w), or give it another group (chgrp)");
  }
  return {};
}

std::string DeedOf(TrustedAs as) {
  switch (as) {
    case TrustedAs::configuration:
      return "name partners and keys of their own in it";
    case TrustedAs::authorities:
      return "have the gateway believe in certificates of their own";
    case TrustedAs::program:
      return "have the gateway start what they like";
  }
  return {};
}

// Puts the parts of a path before those that are still to be followed. The next one stands last.
void PutBefore(const std::filesystem::path& path, std::vector<std::filesystem::path>& left) {
  const std::vector<std::filesystem::path> parts(path.begin(), path.end());
  left.insert(left.end(), parts.rbegin(), parts.rend());
}

// Follows a path from directory to directory.
class Walk {
 public:
  explicit Walk(TrustedAs as) : as_(as) {}

  Result<void> To(const std::filesystem::path& path) {
    std::error_code error;
    PutBefore(std::filesystem::absolute(path, error), left_);
    if (error) return ErrorFromErrno(error.value(), "find", path);
    while (!left_.empty()) {
      const std::filesystem::path part = std::move(left_.back());
      left_.pop_back();
      GATEWAY_TRY(Enter(part));
    }
    return {};
  }

 private:
  Result<void> Enter(const std::filesystem::path& part) {
    if (part.empty() || part == ".") return {};
    if (part == "/" || part == "..") {
      here_ = part == "/" ? part : here_.parent_path();
      return {};
    }
    const std::filesystem::path next = here_ / part;
    struct stat status {};
    if (::lstat(next.c_str(), &status) != 0) return ErrorFromErrno(errno, "lstat", next);
    if (S_ISLNK(status.st_mode)) return FollowLink(next, status);
    here_ = next;
    return S_ISDIR(status.st_mode) ? CheckDirectory(status) : Result<void>();
  }

  // In a sticky directory the owner of a link can replace it. Elsewhere only those can who may
  // write the directory.
  Result<void> FollowLink(const std::filesystem::path& link, const struct stat& status) {
    if (++links_ > kMostLinks) return ErrorFromErrno(ELOOP, "follow", link);
    struct stat directory {};
    if (::stat(here_.c_str(), &directory) != 0) return ErrorFromErrno(errno, "stat", here_);
    if ((directory.st_mode & S_ISVTX) != 0) {
      GATEWAY_TRY(
          CheckOwner(status, {"the link " + link.string() + " on the way to it", "have it lead to another file"}, as_));
    }
    std::error_code error;
    PutBefore(std::filesystem::read_symlink(link, error), left_);
    if (error) return ErrorFromErrno(error.value(), "readlink", link);
    return {};
  }

  [[nodiscard]] Result<void> CheckDirectory(const struct stat& status) const {
    const Thing thing{"its directory " + here_.string(), "put another file in its place"};
    if ((status.st_mode & S_ISVTX) == 0) GATEWAY_TRY(CheckWriters(status, thing));
    return CheckOwner(status, thing, as_);
  }

  const TrustedAs as_;
  std::filesystem::path here_ = "/";
  std::vector<std::filesystem::path> left_;  // the parts that are still to be followed
  int links_ = 0;
};

}  // namespace

Result<void> CheckTrustedFile(const std::filesystem::path& path, TrustedAs as) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  const Thing thing{"it", DeedOf(as)};
  GATEWAY_TRY(CheckWriters(status, thing));
  GATEWAY_TRY(CheckOwner(status, thing, as));
  return Walk(as).To(path);
}

Result<void> CheckTrustedProgram(const std::filesystem::path& path) {
  GATEWAY_TRY(CheckTrustedFile(path, TrustedAs::program));
  std::optional<std::string> interpreter = InterpreterOf(StartOfProgram(path));
  for (int i = 0; i < kMostInterpreters && interpreter && !interpreter->empty(); ++i) {
    if (auto trusted = CheckTrustedFile(*interpreter, TrustedAs::program); !trusted) {
      Error error = trusted.error();
      error.detail.insert(0, "its interpreter " + *interpreter + ": ");
      return error;
    }
    interpreter = InterpreterOf(StartOfProgram(*interpreter));
  }
  return {};
}

std::string StartOfProgram(const std::filesystem::path& path) {
  const Result<UniqueFd> file = OpenForReading(path);
  if (!file) return {};
  std::string start(256, '\0');  // as many bytes as the kernel looks at
  const ssize_t count = ::read(file->get(), start.data(), start.size());
  start.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return start;
}

std::optional<std::string> InterpreterOf(std::string_view start) {
  if (!start.starts_with("#!")) return std::nullopt;
  start = start.substr(2, start.find('\n') - 2);
  start.remove_prefix(std::min(start.find_first_not_of(" \t"), start.size()));
  return std::string(start.substr(0, start.find_first_of(" \t")));
}

}  // namespace gateway
