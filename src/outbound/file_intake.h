// The other first step of the outbound pipeline: files that a person sends -> spool + ledger (durable point 1), in a
// command's own process. The daemon goes on with them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/priority.h"
#include "gateway/settings/partner.h"
#include "ledger/outbound_ledger.h"
#include "outbound/outgoing_file.h"
#include "spool/spool.h"

namespace gateway::outbound {

// References must outlive it.
class FileIntake {
 public:
  FileIntake(const spool::Spool& spool, ledger::OutboundLedger& ledger, const Clock& clock)
      : spool_(spool), ledger_(ledger), clock_(clock) {}

  // Copies and recognises the files, DICOM or not. transient "disk-low"; otherwise as TakeFile().
  Result<std::vector<OutgoingFile>> Take(const std::vector<std::filesystem::path>& files) const;
  // As one set, a message a file in this order. All or none: the id of the shipment, when every file is on disk and in
  // the ledger.
  Result<std::int64_t> Queue(const PartnerSettings& partner, Priority priority, const std::vector<OutgoingFile>& files);

 private:
  const spool::Spool& spool_;
  ledger::OutboundLedger& ledger_;
  const Clock& clock_;
};

}  // namespace gateway::outbound
