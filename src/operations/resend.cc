#include "operations/resend.h"

#include <utility>

#include "ledger/redeliveries.h"
#include "ledger/shipments.h"
#include "operations/known_destinations.h"
#include "operations/remove_files.h"

namespace gateway::operations {

ledger::Decided<Resent> Resend(const OperatorContext& context, ItemId item, bool missing_only, Time now) {
  GATEWAY_ASSIGN(const ledger::Resent resent, ledger::Shipments(context.database).Resend(item, missing_only, now));
  RemoveFiles(context.spool, spool::Kind::message, resent.message_keys);
  Resent done;
  done.messages = resent.messages;
  // The messages wait already, so an error here does not make the act fail.
  if (auto unknown = UnknownDestinationsOf(context, item)) done.not_configured = *std::move(unknown);
  return done;
}

ledger::Decided<ledger::Redelivered> Redeliver(const OperatorContext& context, const RedeliveryRequest& request,
                                               Time now) {
  ledger::Redelivery redelivery;
  redelivery.known = DestinationsOf(context.settings);
  if (const auto* item = std::get_if<ItemId>(&request.what)) redelivery.item = *item;
  if (const auto* study = std::get_if<std::string>(&request.what)) redelivery.study_instance_uid = *study;
  if (request.pacs) GATEWAY_TRY(RequireKnown(context, {ledger::DestinationKind::pacs, *request.pacs}));
  redelivery.pacs = request.pacs;
  return ledger::Redeliveries(context.database).Redeliver(redelivery, now);
}

}  // namespace gateway::operations
