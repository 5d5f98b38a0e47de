#include "cli/inspect_command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <string_view>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/handles.h"
#include "cli/exit_codes.h"
#include "cli/inspect_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "dicom/character_set.h"
#include "dicom/toolkit.h"
#include "inspect/inspector.h"
#include "mime/mail_reader.h"
#include "opener/error_codes.h"
#include "opener/open_process.h"
#include "opener/sandbox.h"
#include "openpgp/passphrase_file.h"

namespace gateway::cli {
namespace {

constexpr int kExitUnreadable = 2;

// Hands the content of a key file to `add`.
Result<void> AddKeys(const std::filesystem::path& file, const std::function<Result<void>(std::string_view)>& add) {
  GATEWAY_ASSIGN(std::string content, ReadSmallFile(file));
  const Result<void> added = add(content);
  WipeText(content);
  if (!added) return ErrorNamed(Fault::config, added.error().code, file.string() + ": " + added.error().detail);
  return {};
}

Result<inspect::Keys> ReadKeys(const InspectOptions& options) {
  GATEWAY_ASSIGN(inspect::Keys keys, inspect::Keys::Make());
  GATEWAY_ASSIGN(const Secret passphrase, openpgp::ReadPassphrase(options.passphrase_file));
  for (const std::filesystem::path& file : options.keys) {
    GATEWAY_TRY(AddKeys(file, [&](std::string_view content) { return keys.AddOwn(content, passphrase); }));
  }
  for (const std::filesystem::path& file : options.partner_keys) {
    GATEWAY_TRY(AddKeys(file, [&](std::string_view content) { return keys.AddPartners(content); }));
  }
  return keys;
}

// Nobody else can find the file, and it disappears with this process.
Result<UniqueFd> OpenTemporaryFile() {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(error);
  if (error) return Permanent(codes::kFileError, "no directory for temporary files");
  std::string path = (directory / "dicom-mail-gateway-XXXXXX").string();
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) return ErrorFromErrno(errno, "create", path);
  ::unlink(path.c_str());
  return fd;
}

// Everything is open before the sandbox closes around the parsers.
struct Opened {
  std::vector<UniqueFd> mails;
  std::vector<UniqueFd> work;
  inspect::Keys keys;
};

Result<Opened> OpenAll(const InspectOptions& options) {
  GATEWAY_ASSIGN(inspect::Keys keys, ReadKeys(options));
  Opened opened{{}, {}, std::move(keys)};
  opened.mails.reserve(options.mails.size());
  for (const std::filesystem::path& file : options.mails) {
    if (!std::filesystem::is_regular_file(file))
      return Permanent(codes::kFileError, file.string() + ": no regular file");
    GATEWAY_ASSIGN(UniqueFd fd, OpenForReading(file));
    opened.mails.push_back(std::move(fd));
  }
  constexpr std::size_t kWorkFiles = 3;
  opened.work.reserve(kWorkFiles);
  while (opened.work.size() < kWorkFiles) {
    GATEWAY_ASSIGN(UniqueFd fd, OpenTemporaryFile());
    opened.work.push_back(std::move(fd));
  }
  return opened;
}

// Calls only what a signal handler may call.
void SayThatItTakesTooLong(int /*signal*/) {
  for (const std::string_view words : {std::string_view("dicom-mail-gateway: "), codes::kOpenCpuTime.name,
                                       std::string_view(": it took too much computing to inspect\n")}) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, words.data(), words.size());
  }
  ::_exit(kExitUnreadable);
}

// The limit is the same as for an open worker.
Result<void> LimitComputing(const std::vector<UniqueFd>& mails) {
  std::uint64_t bytes = 0;
  for (const UniqueFd& mail : mails) {
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail.get()));
    bytes += size;
  }
  (void)std::signal(SIGXCPU, SayThatItTakesTooLong);
  return opener::LimitComputing(opener::OpenTimes{}.computing + opener::OpenTimes::ForBytes(bytes));
}

Result<inspect::Findings> InspectFiles(const InspectOptions& options) {
  GATEWAY_TRY(dicom::StartToolkit(false));
  mime::PrepareReader();
  GATEWAY_ASSIGN(Opened opened, OpenAll(options));
  GATEWAY_TRY(LimitComputing(opened.mails));
  // The mails come from outside, so the parsers run behind the same walls as in an open worker.
  GATEWAY_TRY(opener::EnterSandbox([&] { return opened.keys.openers->StartThreads(); }));
  std::vector<int> mails;
  mails.reserve(opened.mails.size());
  for (const UniqueFd& fd : opened.mails) mails.push_back(fd.get());
  const inspect::WorkFiles work{opened.work[0].get(), opened.work[1].get(), opened.work[2].get()};
  return inspect::Inspect(mails, work, opened.keys, options.character_set);
}

}  // namespace

int Inspect(const InspectOptions& options, bool json) {
  if (!dicom::IsCharacterSet(options.character_set)) {
    Err() << "dicom-mail-gateway: '" << options.character_set
          << "' is no character set: ISO_IR 100, ISO_IR 144, GB18030\n";
    return kExitUsage;
  }
  const Result<inspect::Findings> findings = InspectFiles(options);
  if (!findings) {
    (void)PrintError(findings.error());
    return kExitUnreadable;
  }
  Out().Lines(json ? FindingsAsJson(*findings) : FindingsAsText(*findings));
  return findings->clean() ? kExitOk : kExitFailure;
}

}  // namespace gateway::cli
