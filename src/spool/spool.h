// Keeps the files of all items on disk. Only this file builds spool paths. Below state_dir there
// are:
//
//   lock              held by the daemon (flock): one daemon for each state directory
//   start             held by a daemon that starts, or shared by commands that keep files
//   node              which node this is (node_id.h)
//   ledger.db         the ledger
//   spool/work        files being written; a start removes what a crash left here
//   spool/instances   Part 10 files, received by C-STORE or by mail     KEY.dcm
//   spool/messages    sealed messages on their way out                  KEY.eml
//   spool/mails       mails from the mailboxes                          KEY.eml
//   spool/documents   non-DICOM files of sets, in either direction      KEY.bin
//   spool/derived     changed copies of instances (src/transform)       KEY.dcm
//   spool/orphans     files that the ledger did not know at a start, for a while
//
// Each kind has 256 directories, which are made at the start and named by the first two digits of
// the key. A key is 32 random hex digits and says nothing about the content of the file. Files have
// mode 0600, directories 0700. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/handles.h"
#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/settings/gateway.h"
#include "gateway/time.h"

namespace gateway::spool {

enum class Kind { instance, message, mail, document, derived };

// Returns whether the gateway makes such a file from others that it keeps. It can then make the
// file again.
bool CanBeMadeAgain(Kind kind);

// Returns the kind of the file that an item of the ledger names: `instance`, unless the item is a
// message, a mail or a document.
Kind FileKindOf(ItemKind item);

struct Space {
  std::uint64_t free_bytes = 0;    // free for this process (f_bavail)
  std::uint64_t needed_bytes = 0;  // min_free_space, in bytes
  std::uint64_t fetch_bytes = 0;   // fetch_free_space, in bytes
  [[nodiscard]] bool low() const { return free_bytes < needed_bytes; }
  // Returns how many bytes a mail from outside may take.
  [[nodiscard]] std::uint64_t fetch_room() const { return free_bytes > fetch_bytes ? free_bytes - fetch_bytes : 0; }
};

// A file of the spool, as found on disk.
struct Entry {
  Kind kind = Kind::instance;
  std::string key;
  std::uint64_t size = 0;
};

class Spool {
 public:
  // Opens the spool for the daemon: makes missing directories, takes the lock and empties
  // spool/work. Errors:
  //   config "state-dir-unusable": the spool holds files and the ledger is gone, or a link leads
  //     out of the spool; "state-dir-on-network", "state-dir-open";
  //   transient "state-dir-in-use": another daemon holds the lock;
  //   transient "state-dir-unusable": the directory cannot be entered or is not there yet;
  //   transient "state-dir-busy": a command has kept files for more than 30 s;
  //   transient "disk-full", "disk-error" and the like.
  static Result<std::unique_ptr<Spool>> Open(const std::filesystem::path& state_dir);
  // Opens the spool for operator commands. It takes no lock, and makes and removes nothing.
  static std::unique_ptr<Spool> View(const std::filesystem::path& state_dir);

  // Says that the daemon's start is over, and the scan for orphans with it.
  void Started() { start_.Reset(); }
  // Keeps daemons from starting as long as the caller holds the result. Commands that keep files
  // need this: a daemon that starts would take for orphans the files that the ledger is about to
  // know. Error: transient "state-dir-busy" if a daemon has been starting for more than 30 s.
  [[nodiscard]] Result<UniqueFd> DeferStart() const;

  // Returns whether a daemon holds the lock of this state directory.
  static bool DaemonRuns(const std::filesystem::path& state_dir);

  [[nodiscard]] std::filesystem::path LedgerFile() const;

  // Returns a new path in spool/work. It creates nothing.
  [[nodiscard]] std::filesystem::path NewWorkFile() const;
  // Durable points (1), (4) and (5): renames the work file to its place, and syncs the file and its
  // directory. When it succeeds, the file and its name survive a power loss. When it fails, the
  // file may be gone. A process of root gives the file to the owner of the state directory. Returns
  // the key.
  Result<std::string> Keep(Kind kind, const std::filesystem::path& work_file) const;

  [[nodiscard]] std::filesystem::path PathOf(Kind kind, const std::string& key) const;
  // Succeeds if the file is missing.
  Result<void> Remove(Kind kind, const std::string& key) const;

  // Puts aside a file that the ledger does not know. After a crash nobody misses such a file. After
  // the restore of an older ledger it may have come since the backup, so it is moved to
  // spool/orphans. A file that can be made again is removed instead.
  Result<void> PutAside(Kind kind, const std::string& key) const;
  // Removes the files that were put aside before that time. Returns their number.
  Result<std::size_t> RemoveOrphans(Time put_aside_before) const;

  [[nodiscard]] Result<Space> FreeSpace(const FreeSpaceSettings& settings) const;
  // Calls `visit` for every file of every kind.
  Result<void> ForEach(const std::function<void(const Entry&)>& visit) const;

 private:
  explicit Spool(std::filesystem::path state_dir) : state_dir_(std::move(state_dir)) {}
  const std::filesystem::path state_dir_;
  UniqueFd lock_;
  UniqueFd start_;  // held from Open() to Started()
};

}  // namespace gateway::spool
