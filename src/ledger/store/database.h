// The ledger's database: SQLite in WAL mode with synchronous=FULL (for claims NORMAL), through
// SOCI. One writing thread commits in groups. A write blocks its caller until its group is on disk.
// Reads run beside it on sessions of their own. Operator commands open the same file from other
// processes, and wait up to 30 seconds for each other.
//
// Every ledger call has these errors: transient "ledger-busy", "disk-full", "disk-error"; config
// "ledger-missing", "ledger-damaged", "ledger-newer" (a schema that this version does not know);
// permanent "ledger-error" (a fault of the program). The gateway never silently makes a ledger
// anew. It refuses a file that it cannot read, and also a missing file in a place where a ledger
// was before.
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
  create,    // the daemon: makes a missing file, and migrates an older schema
  existing,  // operator commands: the file must exist
};

// Returns whether a write that failed with `error` certainly left nothing behind. If it returns
// false, the commit may have reached the disk all the same, and appear at the next start. Then
// files that the write was to record must stay.
inline bool NothingRecorded(const Error& error) {
  return IsOneOf(error, codes::kDiskFull, codes::kLedgerBusy, codes::kInstanceNotJudged, codes::kClaimLost);
}

class Database {
 public:
  // `node` is the owner of the claims that are made (claim.h). It is the daemon's own id, and
  // differs from the id of every other node on this ledger. If it is empty, the claims have no
  // owner, and the next start of any node voids them.
  static Result<std::unique_ptr<Database>> Open(const std::filesystem::path& file, OpenMode mode,
                                                std::string node = {});
  // Commits the jobs in the queue before it ends.
  ~Database();

  class Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  std::filesystem::path marked_;  // marked as open by this object (wal_check.h); empty if it is not
};

}  // namespace gateway::ledger
