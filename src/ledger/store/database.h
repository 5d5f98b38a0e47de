// The ledger's database: SQLite in WAL mode with synchronous=FULL (claims: NORMAL), through SOCI. One writer thread
// commits in groups: a write blocks its caller until the group that holds it is on disk. Reads run beside it on
// sessions of their own. Operator commands open the same file from other processes (they wait up to 30 s for each
// other).
//
// Errors of every ledger call: transient "ledger-busy", "disk-full", "disk-error"; config "ledger-missing",
// "ledger-damaged", "ledger-newer" (a schema this version does not know); permanent "ledger-error" (a bug, in effect).
// The ledger is never silently made anew: an unreadable file is refused, and so is the place of one that is gone.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/error_codes.h"
#include "gateway/result.h"
#include "ledger/error_codes.h"
#include "policy/error_codes.h"

namespace gateway::ledger {

enum class OpenMode {
  create,    // the daemon: makes the file when it is missing, migrates an older schema
  existing,  // operator commands: the file must be there
};

// Did a write that failed with `error` leave nothing behind for certain? If not, its commit may have reached the disk
// all the same, and come to light at the next start: files that it was to make known must stay.
inline bool NothingRecorded(const Error& error) {
  return IsOneOf(error, codes::kDiskFull, codes::kLedgerBusy, codes::kInstanceNotJudged, codes::kClaimLost);
}

class Database {
 public:
  // `node`: who claims (claim.h); the daemon's own id, other than that of every other node on this
  // ledger. Empty: claims are nobody's, and the next start of any node voids them.
  static Result<std::unique_ptr<Database>> Open(const std::filesystem::path& file, OpenMode mode,
                                                std::string node = {});
  // Commits what is queued.
  ~Database();

  class Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  std::filesystem::path marked_;  // as open (wal_check.h); empty: not by this one
};

}  // namespace gateway::ledger
