// This is the other first step of the outbound pipeline. Files that a person sends go into spool
// and ledger (durable point 1). It runs in the process of the `send` command; the daemon does the
// rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/priority.h"
#include "gateway/settings/partner.h"
#include "ledger/intake.h"
#include "outbound/outgoing_file.h"
#include "spool/spool.h"

namespace gateway::outbound {

// Holds what the configuration says about taking files.
struct FileIntakeSettings {
  FreeSpaceSettings space;
  std::string default_character_set;
};

// All references must outlive the object.
class FileIntake {
 public:
  FileIntake(const spool::Spool& spool, ledger::Database& database, const Clock& clock, FileIntakeSettings settings)
      : spool_(spool), intake_(database), clock_(clock), settings_(std::move(settings)) {}

  // Copies and recognises the files, DICOM or not. Errors: transient "disk-low", and those of
  // TakeFile().
  Result<std::vector<OutgoingFile>> Take(const std::vector<std::filesystem::path>& files) const;
  // Queues the files as one set, with one message for each file in this order. It queues all of
  // them or none. Returns the id of the shipment when every file is on disk and in the ledger.
  Result<std::int64_t> Queue(const PartnerSettings& partner, Priority priority, const std::vector<OutgoingFile>& files);

 private:
  const spool::Spool& spool_;
  ledger::Intake intake_;
  const Clock& clock_;
  const FileIntakeSettings settings_;
};

}  // namespace gateway::outbound
