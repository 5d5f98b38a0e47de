// Files on disk: the only place that builds spool paths. Below state_dir:
//
//   lock              held by the daemon (flock): one daemon a state directory
//   start             held by a daemon that starts, or shared by commands that keep files
//   ledger.db         the ledger
//   spool/work        files being written; whatever is here at start is from a crash, and goes
//   spool/instances   Part 10 files, received by C-STORE or by mail     KEY.dcm
//   spool/messages    sealed messages on their way out                  KEY.eml
//   spool/mails       mails from the mailboxes                          KEY.eml
//   spool/documents   non-DICOM files of sets, either way               KEY.bin
//   spool/orphans     what the ledger did not know at a start, for a while
//
// Each kind has 256 directories, made at start, named by the first two digits of the key. A key is 32 random hex digits
// and says nothing about what is in the file. Files are 0600, directories 0700. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/handles.h"
#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/settings/gateway.h"
#include "gateway/time.h"

namespace gateway::spool {

enum class Kind { instance, message, mail, document };

// Of the file that an item of the ledger names: instance, where it is neither a message, a mail nor a document.
Kind FileKindOf(ItemKind item);

struct Space {
  std::uint64_t free_bytes = 0;    // for us (f_bavail)
  std::uint64_t needed_bytes = 0;  // min_free_space, in bytes
  std::uint64_t fetch_bytes = 0;   // fetch_free_space, in bytes
  [[nodiscard]] bool low() const { return free_bytes < needed_bytes; }
  // What a mail from outside may take.
  [[nodiscard]] std::uint64_t fetch_room() const { return free_bytes > fetch_bytes ? free_bytes - fetch_bytes : 0; }
};

// A file of the spool as found on disk.
struct Entry {
  Kind kind = Kind::instance;
  std::string key;
  std::uint64_t size = 0;
};

class Spool {
 public:
  // For the daemon: makes what is missing, takes the lock, empties spool/work. config "state-dir-unusable" when the
  // spool holds files and the ledger is gone, or a link leads out of it; "state-dir-on-network", "state-dir-open".
  // transient "state-dir-in-use" when another daemon holds the lock, "state-dir-unusable" also when it may not be
  // entered or is not there yet, "disk-full", "disk-error", ...; "state-dir-busy": a command keeps files for over 30 s.
  static Result<std::unique_ptr<Spool>> Open(const GatewaySettings& settings);
  // For operator commands: no lock, nothing made or removed.
  static std::unique_ptr<Spool> View(const GatewaySettings& settings);

  // The daemon's start is over, the scan for orphans with it.
  void Started() { start_.Reset(); }
  // For commands that keep files: while they hold it no daemon starts, and so none takes files for orphans that the
  // ledger is about to know. transient "state-dir-busy": a daemon is starting, for more than 30 s.
  [[nodiscard]] Result<UniqueFd> HoldOffStart() const;

  // Does a daemon hold the lock of this state directory?
  static bool DaemonRuns(const GatewaySettings& settings);

  [[nodiscard]] std::filesystem::path LedgerFile() const;

  // A fresh path in spool/work. Nothing is created.
  [[nodiscard]] std::filesystem::path NewWorkFile() const;
  // Point (1), (4), (5): renames the work file to its place, syncs it and the directory. When it returns, the file and
  // its name survive a power loss; when it fails, the file may be gone. Run by root, it gives the file to the owner of
  // the state directory. Returns the key.
  Result<std::string> Keep(Kind kind, const std::filesystem::path& work_file) const;

  [[nodiscard]] std::filesystem::path PathOf(Kind kind, const std::string& key) const;
  // Missing is success.
  Result<void> Remove(Kind kind, const std::string& key) const;

  // A file that the ledger does not know. After a crash nobody misses it; after the restore of an older ledger it is
  // what came since: so it is moved to spool/orphans. A message can be sealed again, and is removed.
  Result<void> PutAside(Kind kind, const std::string& key) const;
  // Removes what was put aside before that. Returns how many files.
  Result<std::size_t> RemoveOrphans(Time put_aside_before) const;

  [[nodiscard]] Result<Space> FreeSpace() const;
  // Calls `visit` for every file of every kind.
  Result<void> ForEach(const std::function<void(const Entry&)>& visit) const;

 private:
  explicit Spool(const GatewaySettings& settings);
  std::filesystem::path state_dir_;
  gateway::FreeSpace minimum_;
  std::optional<gateway::FreeSpace> fetch_minimum_;
  UniqueFd lock_;
  UniqueFd start_;  // held from Open() to Started()
};

}  // namespace gateway::spool
