// `verify`: tells whether the spool holds what the ledger says, and nothing else. It only reads,
// and works beside a running daemon and without one. An item that is on its way looks wrong for a
// moment, so it is looked at again before it is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "gateway/disagreement_kind.h"
#include "gateway/result.h"
#include "gateway/settings/gateway.h"
#include "ledger/care/consistency.h"
#include "ledger/destinations.h"
#include "ledger/known_files.h"
#include "operations/operator_context.h"
#include "spool/spool.h"
#include "spool/spool_check.h"

namespace gateway::operations {

// A file that is not as the ledger says.
struct WrongFile {
  std::filesystem::path path;
  std::string error = {};      // why it cannot be read
  std::uint64_t size = 0;      // with file_size: bytes of the file
  std::uint64_t recorded = 0;  // with file_size: bytes that the ledger says
};

// A file that the ledger does not know.
struct Orphan {
  bool goes = false;  // the next start removes it, and does not put it aside
};

// The facts about one thing that is wrong. cli/verify_text says them in words.
struct Disagreement {
  DisagreementKind kind{};
  std::string item;  // "M7"; if it is no item, what ledger::Disagreement says, a destination, or a file
  std::variant<ledger::Disagreement, WrongFile, Orphan, ledger::Stranded, spool::Oddity> fact;
};

struct Verification {
  std::vector<Disagreement> disagreements;  // empty if all is well
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
  std::optional<Disagreement> Compare(const ledger::FileRow& row);
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

// Verifies by the configuration of `context`. `deep` reads every file. Errors: as above.
Result<Verification> Verify(const OperatorContext& context, bool deep, const Clock& clock);

}  // namespace gateway::operations
