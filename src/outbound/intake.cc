#include "outbound/intake.h"

#include "base/files.h"
#include "base/random_text.h"
#include "base/time_text.h"
#include "gateway/item_id.h"
#include "ledger/error_codes.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::outbound {
namespace {

std::string ShipmentNames(const std::vector<std::int64_t>& shipments) {
  std::string names;
  for (const std::int64_t shipment : shipments) {
    if (!names.empty()) names += ",";
    names += Format(ItemKind::shipment, shipment);
  }
  return names;
}

}  // namespace

std::string NewSetId(Time now) {
  const std::string day = FormatTime(now);
  return day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2) + "." + RandomHex(8);
}

std::map<std::string, std::string> MailboxOfPartner(const std::vector<PartnerSettings>& partners) {
  std::map<std::string, std::string> mailboxes;
  for (const PartnerSettings& partner : partners) mailboxes[partner.name] = partner.mailbox;
  return mailboxes;
}

std::vector<ledger::Assignment> Assign(const std::vector<routing::OutboundTarget>& targets,
                                       const std::map<std::string, std::string>& mailbox_of_partner, Time now) {
  std::vector<ledger::Assignment> assignments;
  assignments.reserve(targets.size());
  for (const routing::OutboundTarget& target : targets) {
    assignments.push_back({target.partner, mailbox_of_partner.at(target.partner), target.rule, target.priority,
                           target.bundling, NewSetId(now), target.changes, target.own_completion, target.service,
                           target.falls_back});
  }
  return assignments;
}

Intake::Intake(const OutboundContext& context, OpenAssociations& associations, std::function<void()> changed)
    : unrouted_(context.settings.routes.unrouted),
      mailbox_of_partner_(MailboxOfPartner(context.settings.partners)),
      router_(context.settings.router),
      query_(router_.AskedByOutboundRules()),
      spool_(context.around.spool),
      space_(context.around.space),
      ledger_(context.around.database),
      associations_(associations),
      clock_(context.around.clock),
      changed_(std::move(changed)) {}

bool Intake::KnowsCalledAe(const std::string& called_ae) const {
  return router_.KnowsCalledAe(called_ae);
}

Result<std::filesystem::path> Intake::NewFile() {
  GATEWAY_TRY(space_.Check());
  return spool_.NewWorkFile();
}

Result<void> Intake::MayGrow() {
  return space_.CheckNow();
}

Result<void> Intake::Store(const dicom::ReceivedInstance& instance) {
  const Time now = clock_.Now();
  const Result<Routed> routed = Route(instance, now);
  if (!routed) {
    Discard(instance.file);
    return routed.error();
  }
  if (!routed->skipped_by.empty()) return RecordSkipped(instance, routed->skipped_by, now);
  const std::vector<ledger::Assignment> assignments = Assign(routed->targets, mailbox_of_partner_, now);
  if (assignments.empty() && unrouted_ == Unrouted::reject) {
    Discard(instance.file);
    return Permanent(codes::kNoRoute, "no outbound rule matches this instance");
  }
  Result<std::string> key = spool_.Keep(spool::Kind::instance, instance.file);
  if (!key) {
    Discard(instance.file);
    return key.error();
  }
  DurablePoint("intake.kept");
  associations_.Note(instance.association, instance.header.study_instance_uid);
  Result<void> recorded = Record(instance, *key, assignments);
  // In case of doubt the file stays. If the commit did not happen, nobody got 0000, and the scan
  // for orphans finds the file.
  if (!recorded && ledger::NothingRecorded(recorded.error())) (void)spool_.Remove(spool::Kind::instance, *key);
  return recorded;
}

Result<Intake::Routed> Intake::Route(const dicom::ReceivedInstance& instance, Time now) {
  routing::OutboundFacts facts{.header = instance.header,
                               .calling_ae = instance.calling_ae,
                               .called_ae = instance.called_ae,
                               .caller = instance.host,
                               .port = instance.port,
                               .now = now};
  if (router_.AsksForStudy()) {
    const Result<ledger::StudyContent> before = ledger_.StudySoFar(instance.header);
    if (!before) {
      events::LedgerFailed("study-so-far", before.error());
      return before.error();
    }
    facts.study = {before->instances + 1, before->bytes + instance.header.file_size};
  }
  Routed routed{router_.Outbound(facts), {}};
  if (!routed.targets.empty()) return routed;
  if (const OutboundRuleSettings* const rule = router_.SkippedBy(facts)) routed.skipped_by = rule->name;
  return routed;
}

Result<void> Intake::RecordSkipped(const dicom::ReceivedInstance& instance, const std::string& rule, Time now) {
  Discard(instance.file);
  const Result<std::int64_t> added =
      ledger_.AddSkipped({instance.header, {}, instance.calling_ae, instance.called_ae, now});
  if (!added) {
    events::LedgerFailed("add-skipped", added.error());
    return added.error();
  }
  DurablePoint("intake.recorded");
  events::InstanceSkipped(Format(ItemKind::instance, *added), instance.calling_ae, instance.called_ae, rule);
  return {};
}

Result<void> Intake::Record(const dicom::ReceivedInstance& instance, const std::string& spool_key,
                            const std::vector<ledger::Assignment>& assignments) {
  const Result<ledger::AddedInstance> added = ledger_.AddInstance(
      {instance.header, spool_key, instance.calling_ae, instance.called_ae, clock_.Now()}, assignments);
  if (!added) {
    events::LedgerFailed("add-instance", added.error());
    return added.error();
  }
  DurablePoint("intake.recorded");
  texts_.Note(instance.calling_ae, instance.header.text_reading);
  const std::string name = Format(ItemKind::instance, added->instance);
  events::InstanceReceived(name, instance.calling_ae, instance.called_ae, instance.header.file_size,
                           ShipmentNames(added->shipments));
  if (added->shipments.empty()) events::InstanceHeld(name, instance.calling_ae, instance.called_ae);
  changed_();
  return {};
}

void Intake::AssociationEnded(std::uint64_t association) {
  associations_.End(association, clock_.Now());
  changed_();  // studies may be complete now
}

void Intake::Discard(const std::filesystem::path& file) {
  // If the file cannot be removed from spool/work now, the next start removes it.
  (void)RemoveFile(file);
}

}  // namespace gateway::outbound
