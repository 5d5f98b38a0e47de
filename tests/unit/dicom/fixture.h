// What the DICOM tests share: private directories, the real tools of DCMTK, pydicom's files and
// pydicom as oracle.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dicom/storage_scp.h"
#include "dicom/storage_scu.h"

namespace gateway::dicom {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // All regular files below.
  [[nodiscard]] std::vector<std::filesystem::path> Files() const;

 private:
  std::filesystem::path path_;
};

// A child process; killed at the end of its life, if it still runs.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  int Wait();  // its exit code, or 128 and more
  void Kill();
  [[nodiscard]] std::string Output() const;  // standard output and error, as far as written

 private:
  TempDirectory directory_;
  pid_t pid_ = -1;
};

struct Finished {
  int exit_code;
  std::string output;
};
Finished RunTool(const std::vector<std::string>& arguments);

std::uint16_t FreePort();
// Until something listens there.
void AwaitListener(std::uint16_t port);

// DCMTK's storescp, keeping data sets as they come, in `directory`.
class Storescp {
 public:
  explicit Storescp(const std::vector<std::string>& options = {}, std::uint16_t port = FreePort());
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::filesystem::path> Files() const { return directory_.Files(); }
  void Kill() { process_->Kill(); }

 private:
  TempDirectory directory_;
  std::uint16_t port_;
  std::unique_ptr<Process> process_;
};

// tests/rig/odd_pacs.py: it gives the answers that it is told to give.
class OddPacs {
 public:
  explicit OddPacs(const std::string& answers, const std::string& syntaxes = {});
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::filesystem::path> Files() const { return directory_.Files(); }

 private:
  TempDirectory directory_;
  std::uint16_t port_ = FreePort();
  Process process_;
};

std::filesystem::path PydicomFile(const std::string& name);
// Those of pydicom's test files that have a header ReadHeader() accepts, but for the two that
// pydicom cut.
std::vector<std::filesystem::path> ReadablePydicomFiles();

std::string ReadAll(const std::filesystem::path& file);
void WriteFile(const std::filesystem::path& file, const std::string& content);
// From where the data set starts.
std::string DatasetOf(const std::filesystem::path& file);
// With the byte that a data set of odd length gets on the wire (PS3.8 annex E).
std::string Even(std::string dataset);
InstanceFile Describe(const std::filesystem::path& file);

// Keeps what it gets in a private directory. The functions stand in for failures of the spool.
class RecordingHandler : public StorageHandler {
 public:
  [[nodiscard]] bool KnowsCalledAe(const std::string& called_ae) const override { return called_ae == "TO_B"; }
  Result<std::filesystem::path> NewFile() override { return new_file(); }
  Result<void> MayGrow() override { return may_grow(); }
  Result<void> Store(const ReceivedInstance& instance) override;
  void Discard(const std::filesystem::path& file) override;

  [[nodiscard]] std::vector<ReceivedInstance> instances() const;
  [[nodiscard]] int discarded() const { return discarded_; }

  [[nodiscard]] std::vector<std::filesystem::path> Files() const { return directory_.Files(); }
  [[nodiscard]] std::filesystem::path FreshFile() { return directory_ / std::to_string(++files_); }

  std::function<Result<std::filesystem::path>()> new_file = [this] { return FreshFile(); };
  std::function<Result<void>()> may_grow = [] { return Result<void>(); };
  std::function<Result<void>()> store = [] { return Result<void>(); };

 private:
  TempDirectory directory_;
  std::atomic<int> files_{0};
  std::atomic<int> discarded_{0};
  mutable std::mutex mutex_;  // guards instances_
  std::vector<ReceivedInstance> instances_;
};

DicomSettings ScpSettings();              // any port of 127.0.0.1, caller GATEWAY
PacsSettings PacsAt(std::uint16_t port);  // as GATEWAY calling TO_B
Finished Echoscu(std::uint16_t port, const std::string& calling = "GATEWAY", const std::string& called = "TO_B");
std::unique_ptr<StorageScp> StartScp(StorageHandler& handler, const DicomSettings& settings = ScpSettings());

MATCHER_P(FailsWith, code, "") {
  if (arg.ok()) {
    *result_listener << "success";
    return false;
  }
  *result_listener << arg.error().code << " (" << arg.error().detail << ")";
  return arg.error().code == code;
}

}  // namespace gateway::dicom
