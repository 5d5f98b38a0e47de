// Files on disk: the only place that builds spool paths. Below state_dir:
//
//   lock              held by the daemon (flock): one daemon a state directory
//   ledger.db         the ledger
//   spool/work        files being written; whatever is here at start is from a crash, and goes
//   spool/instances   Part 10 files, received by C-STORE or by mail     KEY.dcm
//   spool/messages    sealed messages on their way out                  KEY.eml
//   spool/mails       mails from the mailboxes                          KEY.eml
//
// Each kind has 256 directories, made at start, named by the first two digits of the key. A key is 32 random hex digits
// and says nothing about what is in the file. Files are 0600, directories 0700. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/handles.h"
#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::spool {

enum class Kind { instance, message, mail };

struct Space {
  std::uint64_t free_bytes = 0;    // for us (f_bavail)
  std::uint64_t needed_bytes = 0;  // min_free_space, in bytes
  [[nodiscard]] bool low() const { return free_bytes < needed_bytes; }
};

// A file of the spool as found on disk.
struct Entry {
  Kind kind = Kind::instance;
  std::string key;
  std::uint64_t size = 0;
};

class Spool {
 public:
  // For the daemon: makes what is missing, takes the lock, empties spool/work. config "state-dir-in-use" when another
  // daemon holds the lock, "state-dir-unusable" otherwise; that also when the spool holds files and the ledger is gone.
  static Result<std::unique_ptr<Spool>> Open(const GatewaySettings& settings);
  // For operator commands: no lock, nothing made or removed.
  static std::unique_ptr<Spool> View(const GatewaySettings& settings);

  // Does a daemon hold the lock of this state directory?
  static bool DaemonRuns(const GatewaySettings& settings);

  [[nodiscard]] std::filesystem::path LedgerFile() const;

  // A fresh path in spool/work. Nothing is created.
  [[nodiscard]] std::filesystem::path NewWorkFile() const;
  // Point (1), (4), (5): syncs the work file, renames it to its place and syncs the directory. When it returns, the
  // file and its name survive a power loss. Returns the key.
  Result<std::string> Keep(Kind kind, const std::filesystem::path& work_file) const;

  [[nodiscard]] std::filesystem::path PathOf(Kind kind, const std::string& key) const;
  // Missing is success.
  Result<void> Remove(Kind kind, const std::string& key) const;

  [[nodiscard]] Result<Space> FreeSpace() const;
  // Calls `visit` for every file of every kind.
  Result<void> ForEach(const std::function<void(const Entry&)>& visit) const;

 private:
  Spool(std::filesystem::path state_dir, gateway::FreeSpace minimum);
  std::filesystem::path state_dir_;
  gateway::FreeSpace minimum_;
  UniqueFd lock_;
};

}  // namespace gateway::spool
