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

std::string_view WordFor(CompleteBy by) {
  switch (by) {
    case CompleteBy::quiet:
      return "quiet";
    case CompleteBy::association:
      return "association";
    case CompleteBy::count:
      return "count";
    case CompleteBy::instance:
      break;
  }
  return "instance";
}

}  // namespace

ShipmentCloser::ShipmentCloser(const OutboundContext& context, const OpenAssociations& associations,
                               ArchiveCounts& counts, std::function<void()> closed)
    : quiet_period_(context.settings.dicom.quiet_period),
      longest_wait_(context.settings.dicom.longest_wait),
      shipments_(context.around.database),
      completeness_(context.settings.dicom, context.settings.routes, associations, counts, shipments_),
      clock_(context.around.clock),
      closed_(std::move(closed)) {
  for (const PartnerSettings& partner : context.settings.partners) profiles_[partner.name] = partner.profile;
  for (const OutboundRuleSettings& rule : context.settings.routes.outbound) largest_[rule.name] = rule.largest_study;
}

Milliseconds ShipmentCloser::Step(const std::stop_token& stop) {
  const Time now = clock_.Now();
  const Result<std::vector<ledger::OpenShipment>> quiet =
      shipments_.Quiet(now - quiet_period_, kAtOnce, now - longest_wait_);
  const Result<std::vector<ledger::CollectedShipment>> collected = shipments_.WithOwnCompletion();
  if (!quiet || !collected) {
    events::LedgerFailed("quiet-shipments", quiet ? collected.error() : quiet.error());
    return kIdle;
  }
  for (const ledger::OpenShipment& shipment : *quiet) {
    if (stop.stop_requested()) return kIdle;
    Close(shipment, shipment.never_quiet ? TooLong::never_quiet : TooLong::no);
  }
  for (const ledger::CollectedShipment& shipment : *collected) {
    if (stop.stop_requested()) return kIdle;
    CloseCollected(shipment);
  }
  const Result<std::optional<Time>> oldest = shipments_.OldestOpen();
  if (!oldest || !oldest->has_value()) return kIdle;
  return std::clamp(**oldest + quiet_period_ - clock_.Now() + Milliseconds(1), Milliseconds(1), kIdle);
}

void ShipmentCloser::CloseCollected(const ledger::CollectedShipment& shipment) {
  const Result<Completion> completion = completeness_.Of(shipment, clock_.Now());
  if (!completion) return events::LedgerFailed("complete-shipment", completion.error());
  if (*completion == Completion::open) return;
  const Result<std::vector<ledger::OpenShipment::Item>> items = shipments_.ItemsOf(shipment.id);
  if (!items) return events::LedgerFailed("complete-shipment", items.error());
  const CompleteBy by = completeness_.By(shipment);
  const TooLong overdue = by == CompleteBy::quiet ? TooLong::never_quiet : TooLong::incomplete;
  Close({shipment.id, shipment.partner, shipment.rule, *items, false},
        *completion == Completion::overdue ? overdue : TooLong::no, by);
}

bool ShipmentCloser::IsTooLarge(const ledger::OpenShipment& shipment, std::uint64_t bytes) const {
  const auto found = largest_.find(shipment.rule);
  if (found == largest_.end()) return false;
  const LargestStudy& largest = found->second;
  return (largest.instances > 0 && shipment.items.size() > largest.instances) ||
         (largest.bytes > 0 && bytes > largest.bytes);
}

void ShipmentCloser::Close(const ledger::OpenShipment& shipment, TooLong too_long, CompleteBy by) {
  // If a partner was removed from the configuration, its shipments are packed by the defaults. They
  // fail at sealing with a clear error, and can be retried when the partner is back.
  const auto profile = profiles_.find(shipment.partner);
  const std::vector<std::vector<std::int64_t>> messages =
      PackMessages(shipment.items, profile == profiles_.end() ? PartnerProfile{} : profile->second);
  std::uint64_t bytes = 0;
  for (const ledger::OpenShipment::Item& item : shipment.items) bytes += item.size;
  const bool too_large = IsTooLarge(shipment, bytes);
  const bool hold = too_large && largest_.at(shipment.rule).hold;
  const Time now = clock_.Now();
  // If instances never stop coming, those that come at this moment must not keep the shipment open.
  const Result<bool> closed =
      shipments_.Close(shipment.id, messages, now, too_long == TooLong::no ? std::string() : NewSetId(now), hold);
  if (!closed) {
    events::LedgerFailed("close-shipment", closed.error());
    return;
  }
  DurablePoint("closer.closed");
  if (!*closed) return;  // another instance came; the shipment will be quiet later
  const std::string name = Format(ItemKind::shipment, shipment.id);
  const std::size_t instances = shipment.items.size();
  if (too_long == TooLong::never_quiet) events::ShipmentNeverQuiet(name, shipment.partner, instances);
  if (too_long == TooLong::incomplete) {
    events::ShipmentIncomplete(name, shipment.partner, instances, WordFor(by));
  }
  if (too_large) events::ShipmentTooLarge(name, shipment.partner, instances, bytes, hold);
  events::ShipmentClosed(name, shipment.partner, instances, messages.size());
  closed_();
}

}  // namespace gateway::outbound
