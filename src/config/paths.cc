#include "config/paths.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include "base/authority_file.h"
#include "base/files.h"
#include "base/secret.h"
#include "base/trusted_path.h"
#include "config/error_codes.h"

namespace gateway::config {
namespace {

// systemd keeps the credentials of our package's unit here while the unit runs.
constexpr const char* kOfTheService = "/run/credentials/dicom-mail-gateway.service";

// Returns the directory that systemd has set for this process, or nullptr if this process is not
// the service.
const char* CredentialsDirectory() {
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr || *directory == '\0' ? nullptr : directory;
}

Error BadPath(std::string detail) {
  return ConfigError(codes::kBadPath, std::move(detail));
}

Error Away(std::string detail) {
  return Transient(codes::kBadPath, std::move(detail));
}

// The path may be right although the file cannot be read, because its file system does not answer.
// Then the error is transient.
Error CannotBeRead(const std::filesystem::path& path, const std::error_code& error) {
  const Error reason = ErrorFromErrno(error.value(), "read", path);
  std::string detail = path.string() + " cannot be read: " + error.message();
  return reason.fault == Fault::transient ? Transient(codes::kBadPath, std::move(detail)) : BadPath(std::move(detail));
}

Result<void> CheckRegular(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return BadPath("there is no file " + path.string());
  if (error) return CannotBeRead(path, error);
  if (status.type() != std::filesystem::file_type::regular) return BadPath(path.string() + " is no regular file");
  return {};
}

// Checks that the kernel can start what begins like this. A shell would start any text, and the
// gateway does not.
Result<void> CheckStart(const std::filesystem::path& path, std::string_view start) {
  if (start.starts_with("\x7F"
                        "ELF"))
    return {};
  const std::optional<std::string> interpreter = InterpreterOf(start);
  if (!interpreter) return BadPath(path.string() + " is no program: it begins neither with #! nor as ELF");
  if (start.substr(0, start.find('\n')).ends_with('\r')) {
    return BadPath(path.string() +
                   ": its first line ends as lines do on Windows, so its interpreter does not exist (mend it by sed -i "
                   "'s/\\r$//')");
  }
  if (interpreter->starts_with('/') && CheckRegular(*interpreter) && ::access(interpreter->c_str(), X_OK) == 0) {
    return {};
  }
  return BadPath(path.string() + ": its first line names a program that cannot be started");
}

}  // namespace

Result<std::filesystem::path> ResolvePath(std::string_view text, const std::filesystem::path& file) {
  if (text.empty()) return BadPath("expected a path, not ''");
  std::error_code error;
  std::filesystem::path base = std::filesystem::absolute(file, error).parent_path();
  if (text.starts_with('$')) {
    const std::string_view prefix = text.substr(0, text.find('/'));
    if (prefix.size() == text.size() || (prefix != "$CREDENTIALS_DIRECTORY" && prefix != "${CREDENTIALS_DIRECTORY}")) {
      return BadPath("only $CREDENTIALS_DIRECTORY/ may stand at the start of a path");
    }
    const char* const directory = CredentialsDirectory();
    base = std::filesystem::absolute(directory == nullptr ? kOfTheService : directory, error);
    text.remove_prefix(prefix.size() + 1);
  }
  if (error) return BadPath("the current directory cannot be found: " + error.message());
  return (base / std::filesystem::path(text)).lexically_normal();  // an absolute path replaces `base`
}

std::string WhyNoCredentials(std::string_view text) {
  if (!text.starts_with('$') || CredentialsDirectory() != nullptr) return {};
  return "CREDENTIALS_DIRECTORY is not set (systemd sets it for the service, by LoadCredential=), and ";
}

Result<void> CheckReadable(const std::filesystem::path& path) {
  GATEWAY_TRY(CheckRegular(path));
  if (::access(path.c_str(), R_OK) == 0) return {};
  return CannotBeRead(path, std::error_code(errno, std::generic_category()));
}

Result<void> CheckAuthorities(const std::filesystem::path& path) {
  GATEWAY_TRY(CheckReadable(path));
  if (const auto kept = CheckTrustedFile(path, TrustedAs::authorities); !kept) {
    return BadPath(path.string() + " is not to be trusted: " + kept.error().detail);
  }
  GATEWAY_ASSIGN(const AuthorityFile authorities, ReadAuthorityFile(path));
  if (authorities.valid_today > 0) return {};
  return Away("no certificate in " + path.string() + " is valid today");
}

Result<void> CheckProgram(const std::filesystem::path& path) {
  GATEWAY_TRY(CheckRegular(path));
  if (::access(path.c_str(), X_OK) != 0) return BadPath(path.string() + " is not executable (chmod +x)");
  if (const auto kept = CheckTrustedProgram(path); !kept) {
    return BadPath(path.string() + " is not to be trusted: " + kept.error().detail);
  }
  // It is not unusual that a program may be started but not read.
  if (::access(path.c_str(), R_OK) != 0) return {};
  return CheckStart(path, StartOfProgram(path));
}

Result<void> CheckSecret(const std::filesystem::path& path) {
  GATEWAY_TRY(CheckReadable(path));
  return CheckSecretFile(path);
}

Result<void> CheckPassword(const std::filesystem::path& path) {
  GATEWAY_TRY(CheckSecret(path));
  GATEWAY_ASSIGN(const Secret password, ReadPasswordFile(path));
  if (password.empty()) return BadPath(path.string() + " is empty; expected a password");
  if (password.view().find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos) return {};
  return BadPath(path.string() + " holds several lines; expected a password of one line");
}

// Such a directory is often a share of another machine. It may come later than the gateway, or
// nobody may have mounted it yet. So these errors are transient.
Result<void> CheckDirectory(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return Away("there is no directory " + path.string());
  if (error) return Away(path.string() + " cannot be read: " + error.message());
  if (status.type() != std::filesystem::file_type::directory) return BadPath(path.string() + " is no directory");
  if (::access(path.c_str(), W_OK | X_OK) == 0) return {};
  return Away(path.string() + " cannot be written to: " + std::generic_category().message(errno));
}

}  // namespace gateway::config
