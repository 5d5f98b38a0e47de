// Second step: a shipment closes after the quiet period and becomes messages; at the latest after the longest wait.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "gateway/settings.h"
#include "ledger/outbound_ledger.h"

namespace gateway::outbound {

class ShipmentCloser {
 public:
  ShipmentCloser(const Settings& settings, ledger::OutboundLedger& ledger, const Clock& clock,
                 std::function<void()> closed);

  // A worker's step: closes what is quiet, returns how long until the next may be.
  Milliseconds Step(const std::stop_token& stop);

 private:
  void Close(const ledger::OpenShipment& shipment);

  const Milliseconds quiet_period_;
  const Milliseconds longest_wait_;
  std::map<std::string, PartnerProfile> profiles_;  // by partner
  ledger::OutboundLedger& ledger_;
  const Clock& clock_;
  const std::function<void()> closed_;
};

}  // namespace gateway::outbound
