#include "outbound/completeness.h"

#include <algorithm>

namespace gateway::outbound {
namespace {

constexpr Milliseconds kAskAgain{10'000};  // an archive that has more than has come

}  // namespace

Completeness::Completeness(const DicomSettings& dicom, const RouteSettings& routes,
                           const OpenAssociations& associations, ArchiveCounts& counts, ledger::Shipments& shipments)
    : quiet_period_(dicom.quiet_period),
      longest_wait_(dicom.longest_wait),
      grace_(dicom.ShortGrace()),
      associations_(associations),
      counts_(counts),
      shipments_(shipments) {
  for (const OutboundRuleSettings& rule : routes.outbound) {
    if (rule.complete) settings_[rule.name] = *rule.complete;
  }
}

const CompletionSettings& Completeness::SettingsOf(const std::string& rule) const {
  static const CompletionSettings quiet;
  const auto found = settings_.find(rule);
  return found == settings_.end() ? quiet : found->second;
}

CompleteBy Completeness::By(const ledger::CollectedShipment& shipment) const {
  return SettingsOf(shipment.rule).by;
}

Time Completeness::QuietSince(const ledger::CollectedShipment& shipment, CompleteBy by) const {
  if (by != CompleteBy::association) return shipment.last_instance;
  return std::max(shipment.last_instance,
                  associations_.EndedFor(shipment.study_instance_uid).value_or(shipment.last_instance));
}

Result<Completion> Completeness::Of(const ledger::CollectedShipment& shipment, Time now) {
  const CompletionSettings& settings = SettingsOf(shipment.rule);
  if (now >= shipment.created + settings.at_most.value_or(longest_wait_)) return Completion::overdue;
  if (settings.by == CompleteBy::association && associations_.Bring(shipment.study_instance_uid)) {
    return Completion::open;
  }
  const Milliseconds otherwise = settings.by == CompleteBy::quiet ? quiet_period_ : grace_;
  if (now < QuietSince(shipment, settings.by) + settings.grace.value_or(otherwise)) return Completion::open;
  GATEWAY_ASSIGN(const bool all, HasAll(shipment, settings, now));
  return all ? Completion::complete : Completion::open;
}

Result<bool> Completeness::HasAll(const ledger::CollectedShipment& shipment, const CompletionSettings& settings,
                                  Time now) {
  if (settings.by == CompleteBy::instance) return shipments_.HasInstanceOf(shipment.id, settings.sop_classes);
  if (settings.by != CompleteBy::count) return true;
  // An answer counts if the question is younger than the last instance, and a little while.
  const auto answer = counts_.Ask(settings.at, {shipment.study_instance_uid, shipment.series_instance_uid},
                                  std::max(shipment.last_instance, now - kAskAgain));
  if (!answer) return false;
  if (!answer->instances) return now >= shipment.last_instance + quiet_period_;
  GATEWAY_ASSIGN(const std::uint64_t came,
                 shipments_.CameOf(shipment.study_instance_uid, shipment.series_instance_uid));
  return came >= *answer->instances;
}

}  // namespace gateway::outbound
