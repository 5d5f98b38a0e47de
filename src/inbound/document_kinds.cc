#include "inbound/document_kinds.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/ascii.h"
#include "base/files.h"

namespace gateway::inbound {
namespace {

constexpr std::array<std::string_view, 20> kUsualKinds{"pdf",  "txt", "jpg", "jpeg", "png",  "tif", "tiff",
                                                       "bmp",  "gif", "rtf", "doc",  "docx", "odt", "xls",
                                                       "xlsx", "csv", "xml", "cda",  "hl7",  "dcm"};
constexpr std::size_t kSniffed = 512;
constexpr std::chrono::seconds kScanTime{120};

std::string KindOf(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? std::string() : LowerCase(name.substr(dot + 1));
}

// Programs of Windows, Linux, macOS and Java, scripts, shortcuts, and pages, which run scripts: by what stands in
// front.
bool IsProgram(std::string_view start) {
  constexpr std::array<std::string_view, 9> kStarts{"MZ",
                                                    "\x7F"
                                                    "ELF",
                                                    "#!",
                                                    "\xCF\xFA\xED\xFE",
                                                    "\xCE\xFA\xED\xFE",
                                                    "\xCA\xFE\xBA\xBE",
                                                    std::string_view("L\0\0\0\x01\x14\x02\0", 8),
                                                    "@echo",
                                                    "[InternetShortcut]"};
  if (std::any_of(kStarts.begin(), kStarts.end(), [&](std::string_view known) { return start.starts_with(known); })) {
    return true;
  }
  const std::string lower = LowerCase(std::string(start));
  return lower.find("<html") != std::string::npos || lower.find("<script") != std::string::npos ||
         lower.find("<hta:") != std::string::npos;
}

Result<std::string> StartOf(const std::filesystem::path& file) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(file));
  std::string start(kSniffed, '\0');
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, start));
  start.resize(count);
  return start;
}

// -1: it could not be started.
pid_t Start(const std::filesystem::path& scanner, const std::filesystem::path& file) {
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, standard, "/dev/null", O_RDWR, 0);
  }
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);  // what it starts ends with it
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  std::string program = scanner.string();
  std::string argument = file.string();
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  char* const environment[] = {path.data(), nullptr};
  pid_t child = -1;
  if (::posix_spawn(&child, program.c_str(), &actions, &attributes, arguments, environment) != 0) child = -1;
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  return child;
}

// The exit code; -1: it was killed, by itself or by us.
int AwaitExit(pid_t child) {
  const auto deadline = std::chrono::steady_clock::now() + kScanTime;
  std::chrono::milliseconds pause{1};
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return -1;
    if (std::chrono::steady_clock::now() >= deadline) {
      ::kill(-child, SIGKILL);
      ::waitpid(child, &status, 0);
      return -1;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(50));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Result<void> JudgeDocumentKind(const std::string& name, const std::vector<std::string>& kinds,
                               const std::filesystem::path& file) {
  const std::string kind = KindOf(name);
  const bool allowed = kinds.empty() ? std::find(kUsualKinds.begin(), kUsualKinds.end(), kind) != kUsualKinds.end()
                                     : std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  if (!allowed) return Corrupt("document-kind", "its name has an ending that document_kinds does not allow");
  GATEWAY_ASSIGN(const std::string start, StartOf(file));
  if (IsProgram(start)) return Corrupt("document-kind", "it is a program or a page, whatever its name says");
  return {};
}

Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file) {
  const pid_t child = Start(scanner, file);
  if (child < 0) return Transient("scanner-failed", "document_scanner cannot be started");
  const int code = AwaitExit(child);
  if (code == 0) return {};
  if (code == 1) return Corrupt("document-infected", "document_scanner says so");
  return Transient("scanner-failed", code < 0 ? "document_scanner was killed, or did not end"
                                              : "document_scanner ended with " + std::to_string(code));
}

}  // namespace gateway::inbound
