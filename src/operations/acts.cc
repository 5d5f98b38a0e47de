#include "operations/acts.h"

#include "ledger/operator_acts.h"
#include "ledger/operator_ledger.h"
#include "operations/error_codes.h"
#include "operations/known_destinations.h"
#include "operations/remove_files.h"

namespace gateway::operations {
namespace {

using ledger::Decided;
using ledger::DestinationKind;
using ledger::DestinationName;
using ledger::Refusal;

// `acted` is a Result or a Decided.
template <typename Outcome>
Decided<Acted> Finish(const OperatorContext& context, const Outcome& acted) {
  if (!acted) return acted.error();
  // The ledger has forgotten these files already.
  RemoveFiles(context.spool, spool::Kind::message, acted->message_keys);
  RemoveFiles(context.spool, spool::Kind::instance, acted->instance_keys);
  return Acted{acted->items, acted->replacing};
}

// Returns whether Redeliver() would find the file of the instance.
bool CanBeRedelivered(ledger::OperatorLedger& ledger, ItemId instance) {
  const auto shown = ledger.Show(instance);
  if (!shown || !*shown) return false;
  const auto* details = std::get_if<ledger::InstanceDetails>(&**shown);
  return details != nullptr && !details->spool_key.empty() &&
         ledger::IsOneOf(details->state, ledger::InstanceState::stored, ledger::InstanceState::accepted);
}

// Adds the facts for the command that helps instead of a retry. Facts that cannot be read are left
// out.
Refusal WithFacts(const OperatorContext& context, Refusal refusal) {
  if (refusal.item.kind != ItemKind::delivery && refusal.item.kind != ItemKind::receipt) return refusal;
  ledger::OperatorLedger ledger(context.database);
  const auto shown = ledger.Show(refusal.item);
  if (!shown || !*shown) return refusal;
  if (const auto* receipt = std::get_if<ledger::ReceiptDetails>(&**shown)) {
    refusal.destination = DestinationName{DestinationKind::partner, receipt->partner};
  }
  if (const auto* delivery = std::get_if<ledger::DeliveryDetails>(&**shown)) {
    refusal.destination = DestinationName{DestinationKind::pacs, delivery->pacs};
    const ItemId instance{ItemKind::instance, delivery->instance};
    if (CanBeRedelivered(ledger, instance)) refusal.instead = instance;
  }
  return refusal;
}

}  // namespace

Decided<Acted> Retry(const OperatorContext& context, const Target& target, Time now) {
  ledger::OperatorActs acts(context.database);
  if (const auto* destination = std::get_if<DestinationName>(&target)) {
    GATEWAY_TRY(RequireKnown(context, *destination));
    return Finish(context, acts.RetryDestination(*destination, now));
  }
  const ItemId item = std::get<ItemId>(target);
  // Another try would do nothing, because no worker claims the item. If the ledger cannot be read,
  // the act itself reports that.
  const auto unknown = UnknownDestinationsOf(context, item);
  if (unknown && !unknown->empty()) {
    return NotConfigured(unknown->front());
  }
  const auto retried = acts.Retry(item, now);
  const Refusal* const refusal = retried ? nullptr : retried.error().refusal();
  if (refusal != nullptr && refusal->why == ledger::WhyRefused::wrong_state) return WithFacts(context, *refusal);
  return Finish(context, retried);
}

Decided<Acted> RetryAll(const OperatorContext& context, Time now) {
  return Finish(context, ledger::OperatorActs(context.database).RetryAll(DestinationsOf(context.settings), now));
}

Decided<Acted> Cancel(const OperatorContext& context, ItemId item, Time now) {
  return Finish(context, ledger::OperatorActs(context.database).Cancel(item, now));
}

Decided<Acted> Hold(const OperatorContext& context, const Target& target, Time now) {
  ledger::OperatorActs acts(context.database);
  if (const auto* destination = std::get_if<DestinationName>(&target)) {
    GATEWAY_TRY(RequireKnown(context, *destination));
    return Finish(context, acts.HoldDestination(*destination, now));
  }
  return Finish(context, acts.Hold(std::get<ItemId>(target), now));
}

Decided<Acted> Release(const OperatorContext& context, const Target& target, Time now) {
  ledger::OperatorActs acts(context.database);
  if (const auto* destination = std::get_if<DestinationName>(&target)) {
    return Finish(context, acts.ReleaseDestination(*destination, now));
  }
  return Finish(context, acts.Release(std::get<ItemId>(target), now));
}

}  // namespace gateway::operations
