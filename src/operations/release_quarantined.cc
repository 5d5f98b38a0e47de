#include "operations/release_quarantined.h"

#include <string>
#include <vector>

#include "base/error_codes.h"
#include "ledger/error_codes.h"
#include "ledger/intake.h"
#include "opener/open_process.h"
#include "operations/known_destinations.h"
#include "outbound/intake.h"
#include "routing/router.h"
#include "security/keys.h"

namespace gateway::operations {
namespace {

// An instance that came by mail is parsed only in the sandbox, and this process is often root's. An
// instance that came by C-STORE is read in the same way, because one way is enough.
Result<InstanceHeader> ReadInstance(const OperatorContext& context, const ledger::QuarantineItem& item) {
  if (item.spool_keys.empty()) return Permanent(codes::kFileError, "its file is gone");
  const security::Keys no_keys;
  opener::OpenProcess process({"/proc/self/exe", context.settings.dicom.default_character_set}, no_keys, context.spool);
  return process.ReadHeader(context.spool.PathOf(spool::Kind::instance, item.spool_keys.front()));
}

Result<bool> ReleaseOutbound(const OperatorContext& context, const ledger::QuarantineItem& item,
                             const routing::Router& router, const InstanceHeader& header, Time now) {
  const std::vector<ledger::Assignment> assignments =
      outbound::Assign(router.Outbound(header, item.calling_ae, item.called_ae),
                       outbound::MailboxOfPartner(context.settings.partners), now);
  if (assignments.empty()) return Permanent(codes::kNoRoute, "still no outbound rule matches it");
  return ledger::Intake(context.database).AssignHeld(item.id.number, assignments, now);
}

Result<bool> ReleaseInbound(const OperatorContext& context, const ledger::QuarantineItem& item,
                            const routing::Router& router, const InstanceHeader& header, Time now) {
  std::vector<std::string> pacs;
  for (const routing::InboundTarget& target : router.Inbound(header, item.partner)) pacs.push_back(target.pacs);
  if (pacs.empty()) return Permanent(codes::kNoInboundRoute, "still no inbound rule matches it");
  return ledger::QuarantineLedger(context.database).ReleaseReceivedInstance(item.id.number, pacs, now);
}

Result<bool> ReleaseInstance(const OperatorContext& context, const ledger::QuarantineItem& item, Time now) {
  GATEWAY_ASSIGN(const routing::Router router, routing::Router::Create(context.settings.routes));
  GATEWAY_ASSIGN(const InstanceHeader header, ReadInstance(context, item));
  if (!item.called_ae.empty()) return ReleaseOutbound(context, item, router, header, now);
  return ReleaseInbound(context, item, router, header, now);
}

// Without its mailbox's key nobody could open the mail, and it would come back with a reason that
// is not true.
Result<bool> ReleaseMail(const OperatorContext& context, const ledger::QuarantineItem& item, Time now) {
  GATEWAY_ASSIGN(const std::vector<ledger::DestinationName> unknown, UnknownDestinationsOf(context, item.id));
  if (!unknown.empty()) return NotConfigured(unknown.front());
  return ledger::QuarantineLedger(context.database).ReleaseMail(item.id.number, now);
}

}  // namespace

Result<bool> ReleaseQuarantined(const OperatorContext& context, const ledger::QuarantineItem& item,
                                const std::optional<ItemId>& study_of, Time now) {
  ledger::QuarantineLedger ledger(context.database);
  switch (item.id.kind) {
    case ItemKind::mail:
      return ReleaseMail(context, item, now);
    case ItemKind::document:
      return ledger.ReleaseDocument(item.id.number, study_of ? std::optional(study_of->number) : std::nullopt,
                                    now + context.settings.reception.document_timeout, now);
    default:
      return ReleaseInstance(context, item, now);
  }
}

}  // namespace gateway::operations
