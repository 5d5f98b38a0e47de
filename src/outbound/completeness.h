// Decides when a study or series is complete, where its rule says how to find that out
// (CompletionSettings). One thread uses it.
#pragma once

#include <map>
#include <string>

#include "gateway/settings/dicom.h"
#include "gateway/settings/routes.h"
#include "ledger/shipments.h"
#include "outbound/archive_counts.h"
#include "outbound/open_associations.h"

namespace gateway::outbound {

enum class Completion {
  open,      // more may come
  complete,  // nothing more is expected
  overdue    // at_most is over
};

class Completeness {
 public:
  // All references must outlive it.
  Completeness(const DicomSettings& dicom, const RouteSettings& routes, const OpenAssociations& associations,
               ArchiveCounts& counts, ledger::Shipments& shipments);

  // A shipment whose rule is gone is complete when it has been quiet. Errors: those of the ledger.
  Result<Completion> Of(const ledger::CollectedShipment& shipment, Time now);
  // Returns how the shipment's rule finds out.
  [[nodiscard]] CompleteBy By(const ledger::CollectedShipment& shipment) const;

 private:
  [[nodiscard]] const CompletionSettings& SettingsOf(const std::string& rule) const;
  [[nodiscard]] Time QuietSince(const ledger::CollectedShipment& shipment, CompleteBy by) const;
  Result<bool> HasAll(const ledger::CollectedShipment& shipment, const CompletionSettings& settings, Time now);

  const Milliseconds quiet_period_;
  const Milliseconds longest_wait_;
  const Milliseconds grace_;                            // after something surer than silence
  std::map<std::string, CompletionSettings> settings_;  // by rule
  const OpenAssociations& associations_;
  ArchiveCounts& counts_;
  ledger::Shipments& shipments_;
};

}  // namespace gateway::outbound
