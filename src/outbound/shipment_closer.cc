#include "outbound/shipment_closer.h"

#include <algorithm>

#include "gateway/item_id.h"
#include "outbound/intake.h"
#include "outbound/packer.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::outbound {
namespace {

constexpr std::size_t kAtOnce = 100;
constexpr Milliseconds kIdle{1000};

}  // namespace

ShipmentCloser::ShipmentCloser(const OutboundContext& context, std::function<void()> closed)
    : quiet_period_(context.settings.dicom.quiet_period),
      longest_wait_(context.settings.dicom.longest_wait),
      shipments_(context.around.database),
      clock_(context.around.clock),
      closed_(std::move(closed)) {
  for (const PartnerSettings& partner : context.settings.partners) profiles_[partner.name] = partner.profile;
}

Milliseconds ShipmentCloser::Step(const std::stop_token& stop) {
  const Time now = clock_.Now();
  const Result<std::vector<ledger::OpenShipment>> quiet =
      shipments_.Quiet(now - quiet_period_, kAtOnce, now - longest_wait_);
  if (!quiet) {
    events::LedgerFailed("quiet-shipments", quiet.error());
    return kIdle;
  }
  for (const ledger::OpenShipment& shipment : *quiet) {
    if (stop.stop_requested()) return kIdle;
    Close(shipment);
  }
  const Result<std::optional<Time>> oldest = shipments_.OldestOpen();
  if (!oldest || !oldest->has_value()) return kIdle;
  return std::clamp(**oldest + quiet_period_ - clock_.Now() + Milliseconds(1), Milliseconds(1), kIdle);
}

void ShipmentCloser::Close(const ledger::OpenShipment& shipment) {
  // If a partner was removed from the configuration, its shipments are packed by the defaults. They
  // fail at sealing with a clear error, and can be retried when the partner is back.
  const auto profile = profiles_.find(shipment.partner);
  const std::vector<std::vector<std::int64_t>> messages =
      PackMessages(shipment.items, profile == profiles_.end() ? PartnerProfile{} : profile->second);
  const Time now = clock_.Now();
  // If instances never stop coming, those that come at this moment must not keep the shipment open.
  const Result<bool> closed =
      shipments_.Close(shipment.id, messages, now, shipment.never_quiet ? NewSetId(now) : std::string());
  if (!closed) {
    events::LedgerFailed("close-shipment", closed.error());
    return;
  }
  DurablePoint("closer.closed");
  if (!*closed) return;  // another instance came; the shipment will be quiet later
  if (shipment.never_quiet) {
    events::ShipmentNeverQuiet(Format(ItemKind::shipment, shipment.id), shipment.partner, shipment.items.size());
  }
  events::ShipmentClosed(Format(ItemKind::shipment, shipment.id), shipment.partner, shipment.items.size(),
                         messages.size());
  closed_();
}

}  // namespace gateway::outbound
