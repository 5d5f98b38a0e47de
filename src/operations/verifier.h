// `verify`: tells whether the spool holds what the ledger says, and nothing else. It only reads,
// and works beside a running daemon and without one. An item that is on its way looks wrong for a
// moment, so it is looked at again before it is reported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/result.h"
#include "gateway/settings/gateway.h"
#include "ledger/care/consistency.h"
#include "ledger/destinations.h"
#include "ledger/known_files.h"
#include "spool/spool.h"

namespace gateway::operations {

struct Verification {
  std::vector<ledger::Disagreement> disagreements;  // empty if all is well
  // Files that the ledger names and that were looked at.
  std::size_t files = 0;
  std::size_t files_hashed = 0;
  // Beside a daemon: files that the ledger does not know yet, or has not forgotten yet.
  std::size_t in_flight = 0;
};

struct VerifyOptions {
  bool deep = false;  // reads every file, and compares its hash
  bool daemon_runs = false;
  // The destinations of the configuration. With nullopt any name is allowed.
  std::optional<ledger::KnownDestinations> known{};
};

class Verifier {
 public:
  // References must outlive it.
  Verifier(const GatewaySettings& settings, const spool::Spool& spool, ledger::Database& database, const Clock& clock,
           VerifyOptions options)
      : settings_(settings),
        spool_(spool),
        consistency_(database),
        known_files_(database),
        destinations_(database),
        clock_(clock),
        options_(std::move(options)) {}

  // Errors: those of the ledger, and of a state directory that cannot be read.
  Result<Verification> Run();

 private:
  Result<void> CheckFiles(ItemKind kind);
  Result<void> CheckDerivedFiles();
  Result<void> CheckFile(const ledger::FileRow& row);
  Result<std::optional<ledger::FileRow>> LookAgain(const ledger::FileRow& row);
  // Returns what is wrong with the file of this row.
  std::optional<ledger::Disagreement> Compare(const ledger::FileRow& row);
  Result<void> FindOrphans();
  Result<void> FindOddities();
  // Finds items for destinations that the configuration does not have.
  Result<void> FindStranded();

  const GatewaySettings& settings_;
  const spool::Spool& spool_;
  ledger::Consistency consistency_;
  ledger::KnownFiles known_files_;
  ledger::Destinations destinations_;
  const Clock& clock_;
  const VerifyOptions options_;
  Verification result_;
};

}  // namespace gateway::operations
