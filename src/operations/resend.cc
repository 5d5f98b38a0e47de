#include "operations/resend.h"

#include <utility>

#include "ledger/item_details.h"
#include "ledger/operator_ledger.h"
#include "ledger/redeliveries.h"
#include "ledger/shipments.h"
#include "operations/known_destinations.h"
#include "operations/remove_files.h"

namespace gateway::operations {
namespace {

// Returns the item to name in the command that does what the person wants, if it is only one.
std::optional<ItemId> ItemInstead(const ledger::ItemDetails& details) {
  if (const auto* mail = std::get_if<ledger::MailDetails>(&details)) {
    if (!mail->as_fragment || !mail->as_fragment->joined_into) return std::nullopt;
    return ItemId{ItemKind::mail, *mail->as_fragment->joined_into};
  }
  const auto* instance = std::get_if<ledger::InstanceDetails>(&details);
  if (instance == nullptr || instance->shipments.size() != 1) return std::nullopt;
  const ledger::InstanceDetails::InShipment& shipment = instance->shipments.front();
  if (!shipment.message) return ItemId{ItemKind::shipment, shipment.id};
  return ItemId{ItemKind::message, *shipment.message};
}

// Refuses an act that would change nothing. The state of the item says why.
ledger::NotDone NothingToDo(const OperatorContext& context, ItemId item) {
  const auto shown = ledger::OperatorLedger(context.database).Show(item);
  if (!shown) return shown.error();
  if (!*shown) return ledger::Refusal{.why = ledger::WhyRefused::no_such_item, .item = item};
  ledger::Refusal refusal{.why = ledger::WhyRefused::wrong_state, .item = item, .state = StateOf(**shown)};
  refusal.instead = ItemInstead(**shown);
  return refusal;
}

}  // namespace

ledger::Decided<Resent> Resend(const OperatorContext& context, ItemId item, bool missing_only, Time now) {
  GATEWAY_ASSIGN(const ledger::Resent resent, ledger::Shipments(context.database).Resend(item, missing_only, now));
  if (resent.messages == 0 && !missing_only) {
    // What waits for a destination that is not configured can be neither retried nor released.
    GATEWAY_ASSIGN(const auto unknown, UnknownDestinationsOf(context, item));
    return unknown.empty() ? NothingToDo(context, item) : NotConfigured(unknown.front());
  }
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
  GATEWAY_ASSIGN(const ledger::Redelivered done, ledger::Redeliveries(context.database).Redeliver(redelivery, now));
  if (redelivery.item && done.instances == 0) return NothingToDo(context, *redelivery.item);
  return done;
}

}  // namespace gateway::operations
