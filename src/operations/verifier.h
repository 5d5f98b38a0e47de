// `verify`: does the spool hold what the ledger says, and nothing else? Reads only; beside a running daemon and without
// one. What is on its way just now looks wrong for a moment, and is looked at again before it is told.
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
  std::vector<ledger::Disagreement> disagreements;  // empty: all is well
  std::size_t files = 0;                            // that the ledger names and that were looked at
  std::size_t files_hashed = 0;
  std::size_t in_flight = 0;  // files that the ledger does not know yet, or still does not, beside a daemon
};

struct VerifyOptions {
  bool deep = false;  // reads every file, and compares its hash
  bool daemon_runs = false;
  std::optional<ledger::KnownDestinations> known{};  // of the configuration; nullopt: any name will do
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
  // What is wrong with the file of this row.
  std::optional<ledger::Disagreement> Compare(const ledger::FileRow& row);
  Result<void> FindOrphans();
  Result<void> FindOddities();
  // Items for destinations that the configuration does not have.
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
