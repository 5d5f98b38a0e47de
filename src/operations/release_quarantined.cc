#include "operations/release_quarantined.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ledger/intake.h"
#include "ledger/quarantine_ledger.h"
#include "ledger/service_requests.h"
#include "opener/open_process.h"
#include "operations/known_destinations.h"
#include "outbound/intake.h"
#include "routing/router.h"
#include "security/keys.h"

namespace gateway::operations {
namespace {

Released OutcomeOf(bool released) {
  return released ? Released::yes : Released::not_in_quarantine;
}

// An instance that came by mail is parsed only in the sandbox, and this process is often root's. An
// instance that came by C-STORE is read in the same way, because one way is enough.
Result<InstanceHeader> ReadInstance(const OperatorContext& context, const ledger::QuarantineItem& item,
                                    const std::vector<AttributePath>& asked) {
  const security::Keys no_keys;
  opener::OpenProcess process({"/proc/self/exe", context.settings.dicom.default_character_set}, no_keys, context.spool);
  process.AskFor(asked);
  return process.ReadHeader(context.spool.PathOf(spool::Kind::instance, item.spool_keys.front()));
}

Result<Released> ReleaseOutbound(const OperatorContext& context, const ledger::QuarantineItem& item,
                                 const routing::Router& router, const InstanceHeader& header, Time now) {
  const std::vector<ledger::Assignment> assignments = outbound::Assign(
      router.Outbound({.header = header, .calling_ae = item.calling_ae, .called_ae = item.called_ae, .now = now}),
      outbound::MailboxOfPartner(context.settings.partners), now);
  if (assignments.empty()) return Released::no_outbound_rule;
  GATEWAY_ASSIGN(const bool assigned, ledger::Intake(context.database).AssignHeld(item.id.number, assignments, now));
  return OutcomeOf(assigned);
}

Result<Released> ReleaseInbound(const OperatorContext& context, const ledger::QuarantineItem& item,
                                const routing::Router& router, const InstanceHeader& header, Time now) {
  std::vector<std::string> pacs;
  std::map<std::string, std::string> rules;
  std::set<std::string> changing;
  GATEWAY_ASSIGN(std::string service, ledger::ServiceRequests(context.database).ServiceOf(item.id.number));
  for (const routing::InboundTarget& target : router.Inbound({.header = &header,
                                              .partner = item.partner,
                                              .set = item.set,
                                              .mail_priority = item.mail_priority,
                                              .service = std::move(service),
                                              .now = now})) {
    pacs.push_back(target.pacs);
    rules[target.pacs] = target.rule;
    if (target.changes) changing.insert(target.pacs);
  }
  if (pacs.empty()) return Released::no_inbound_rule;
  ledger::QuarantineLedger ledger(context.database);
  GATEWAY_ASSIGN(const bool released, ledger.ReleaseReceivedInstance(item.id.number, pacs, now, rules, changing));
  return OutcomeOf(released);
}

Result<Released> ReleaseInstance(const OperatorContext& context, const ledger::QuarantineItem& item, Time now) {
  GATEWAY_ASSIGN(const routing::Router router, routing::Router::Create(context.settings.routes));
  if (item.spool_keys.empty()) return Released::file_gone;
  const bool outbound = !item.called_ae.empty();
  const std::vector<AttributePath>& asked = outbound ? router.AskedByOutboundRules() : router.AskedByInboundRules();
  GATEWAY_ASSIGN(const InstanceHeader header, ReadInstance(context, item, asked));
  if (outbound) return ReleaseOutbound(context, item, router, header, now);
  return ReleaseInbound(context, item, router, header, now);
}

// Without its mailbox's key nobody could open the mail, and it would come back with a reason that
// is not true.
ledger::Decided<bool> ReleaseMail(const OperatorContext& context, const ledger::QuarantineItem& item, Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::DestinationName> unknown, UnknownDestinationsOf(context, item.id));
  if (!unknown.empty()) return NotConfigured(unknown.front());
  GATEWAY_ASSIGN(const bool released, ledger::QuarantineLedger(context.database).ReleaseMail(item.id.number, now));
  return released;
}

}  // namespace

ledger::Decided<Released> ReleaseQuarantined(const OperatorContext& context, const ledger::QuarantineItem& item,
                                             const std::optional<ItemId>& study_of, Time now) {
  ledger::QuarantineLedger ledger(context.database);
  switch (item.id.kind) {
    case ItemKind::mail: {
      GATEWAY_ASSIGN(const bool released, ReleaseMail(context, item, now));
      return OutcomeOf(released);
    }
    case ItemKind::document: {
      const std::optional<std::int64_t> joined = study_of ? std::optional(study_of->number) : std::nullopt;
      const Time deadline = now + context.settings.reception.document_timeout;
      GATEWAY_ASSIGN(const bool released, ledger.ReleaseDocument(item.id.number, joined, deadline, now));
      return OutcomeOf(released);
    }
    default: {
      GATEWAY_ASSIGN(const Released released, ReleaseInstance(context, item, now));
      // The rules may ask for the partner by its new name.
      const ledger::DestinationName partner{ledger::DestinationKind::partner, item.partner};
      const bool renamed = !item.partner.empty() && !DestinationsOf(context.settings).Has(partner);
      if (released == Released::no_inbound_rule && renamed) return NotConfigured(partner);
      return released;
    }
  }
}

ReleasedItems ReleaseAllQuarantined(const OperatorContext& context, const std::vector<ledger::QuarantineItem>& items,
                                    const std::optional<ItemId>& study_of, const Clock& clock) {
  ReleasedItems all;
  for (const ledger::QuarantineItem& item : items) {
    ledger::Decided<Released> released = ReleaseQuarantined(context, item, study_of, clock.Now());
    if (!released) {
      all.not_released.emplace_back(item.id, std::move(released));
    } else if (*released == Released::yes) {
      ++all.items;
    } else if (*released != Released::not_in_quarantine) {
      all.not_released.emplace_back(item.id, std::move(released));
    }
  }
  return all;
}

}  // namespace gateway::operations
