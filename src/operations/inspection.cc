#include "operations/inspection.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/error_codes.h"
#include "base/files.h"
#include "base/handles.h"
#include "base/secret.h"
#include "dicom/character_set.h"
#include "dicom/toolkit.h"
#include "inspect/inspector.h"
#include "mime/mail_reader.h"
#include "opener/open_process.h"
#include "opener/sandbox.h"
#include "openpgp/passphrase_file.h"

namespace gateway::operations {
namespace {

// Hands the content of a key file to `add`.
Result<void> AddKeys(const std::filesystem::path& file, const std::function<Result<void>(std::string_view)>& add) {
  GATEWAY_ASSIGN(std::string content, ReadSmallFile(file));
  const Result<void> added = add(content);
  WipeText(content);
  if (!added) return ErrorNamed(Fault::config, added.error().code, file.string() + ": " + added.error().detail);
  return {};
}

Result<inspect::Keys> ReadKeys(const InspectionRequest& request) {
  GATEWAY_ASSIGN(inspect::Keys keys, inspect::Keys::Make());
  GATEWAY_ASSIGN(const Secret passphrase, openpgp::ReadPassphrase(request.passphrase_file));
  for (const std::filesystem::path& file : request.keys) {
    GATEWAY_TRY(AddKeys(file, [&](std::string_view content) { return keys.AddOwn(content, passphrase); }));
  }
  for (const std::filesystem::path& file : request.partner_keys) {
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

Result<void> CheckRegular(const std::filesystem::path& file) {
  std::error_code error;
  switch (std::filesystem::status(file, error).type()) {
    case std::filesystem::file_type::regular:
      return {};
    case std::filesystem::file_type::not_found:
      return Permanent(codes::kFileError, file.string() + " does not exist");
    default:
      return Permanent(codes::kFileError, file.string() + (error ? ": " + error.message() : " is no regular file"));
  }
}

// Everything is open before the sandbox closes around the parsers.
struct Opened {
  std::vector<UniqueFd> mails;
  std::vector<UniqueFd> work;
  inspect::Keys keys;
};

Result<Opened> OpenAll(const InspectionRequest& request) {
  GATEWAY_ASSIGN(inspect::Keys keys, ReadKeys(request));
  Opened opened{{}, {}, std::move(keys)};
  opened.mails.reserve(request.mails.size());
  for (const std::filesystem::path& file : request.mails) {
    GATEWAY_TRY(CheckRegular(file));
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

// The limit is the same as for an open worker.
Result<void> LimitComputing(const std::vector<UniqueFd>& mails, void (*on_too_long)(int)) {
  std::uint64_t bytes = 0;
  for (const UniqueFd& mail : mails) {
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail.get()));
    bytes += size;
  }
  (void)std::signal(SIGXCPU, on_too_long);
  return opener::LimitComputing(opener::OpenTimes{}.computing + opener::OpenTimes::ForBytes(bytes));
}

}  // namespace

bool IsCharacterSet(const std::string& character_set) {
  return dicom::IsCharacterSet(character_set);
}

Result<inspect::Findings> InspectMails(const InspectionRequest& request, void (*on_too_long)(int signal)) {
  GATEWAY_TRY(dicom::StartToolkit(false));
  mime::PrepareReader();
  GATEWAY_ASSIGN(Opened opened, OpenAll(request));
  GATEWAY_TRY(LimitComputing(opened.mails, on_too_long));
  // The mails come from outside, so the parsers run behind the same walls as in an open worker.
  GATEWAY_TRY(opener::EnterSandbox([&] { return opened.keys.openers->StartThreads(); }));
  std::vector<int> mails;
  mails.reserve(opened.mails.size());
  for (const UniqueFd& fd : opened.mails) mails.push_back(fd.get());
  const inspect::WorkFiles work{opened.work[0].get(), opened.work[1].get(), opened.work[2].get()};
  return inspect::Inspect(mails, work, opened.keys, request.character_set);
}

}  // namespace gateway::operations
