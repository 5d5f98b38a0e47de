// This is the second step of the outbound pipeline. After the quiet period, or at the latest after
// the longest wait, it closes a shipment and packs it into messages.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings/profile.h"
#include "ledger/shipments.h"
#include "outbound/outbound_context.h"

namespace gateway::outbound {

class ShipmentCloser {
 public:
  ShipmentCloser(const OutboundContext& context, std::function<void()> closed);

  // The step of a worker: it closes all quiet shipments, and returns how long it is until the next
  // one may be quiet.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Close(const ledger::OpenShipment& shipment);

  const Milliseconds quiet_period_;
  const Milliseconds longest_wait_;
  std::map<std::string, PartnerProfile> profiles_;  // by partner
  ledger::Shipments shipments_;
  const Clock& clock_;
  const std::function<void()> closed_;
};

}  // namespace gateway::outbound
