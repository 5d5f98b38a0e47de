// This is the second step of the outbound pipeline. After the quiet period, or at the latest after
// the longest wait, it closes a shipment and packs it into messages. A rule may say otherwise when
// its studies are complete (completeness.h).
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings/profile.h"
#include "ledger/shipments.h"
#include "outbound/completeness.h"
#include "outbound/outbound_context.h"

namespace gateway::outbound {

class ShipmentCloser {
 public:
  // All references must outlive the closer.
  ShipmentCloser(const OutboundContext& context, const OpenAssociations& associations, ArchiveCounts& counts,
                 std::function<void()> closed);

  // The step of a worker: it closes all complete shipments, and returns how long it is until the
  // next one may be quiet.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // Says why a shipment is closed that may get more instances.
  enum class TooLong { no, never_quiet, incomplete };
  void CloseCollected(const ledger::CollectedShipment& shipment);
  void Close(const ledger::OpenShipment& shipment, TooLong too_long, CompleteBy by = CompleteBy::quiet);
  [[nodiscard]] bool IsTooLarge(const ledger::OpenShipment& shipment, std::uint64_t bytes) const;

  const Milliseconds quiet_period_;
  const Milliseconds longest_wait_;
  std::map<std::string, PartnerProfile> profiles_;  // by partner
  std::map<std::string, LargestStudy> largest_;     // by rule
  ledger::Shipments shipments_;
  Completeness completeness_;
  const Clock& clock_;
  const std::function<void()> closed_;
};

}  // namespace gateway::outbound
