#include "operations/acts.h"

#include "ledger/operator_acts.h"
#include "operations/error_codes.h"
#include "operations/known_destinations.h"
#include "operations/remove_files.h"

namespace gateway::operations {
namespace {

using ledger::Decided;
using ledger::DestinationName;

// `acted` is a Result or a Decided.
template <typename Outcome>
Decided<Acted> Finish(const OperatorContext& context, const Outcome& acted) {
  if (!acted) return acted.error();
  // The ledger has forgotten these files already.
  RemoveFiles(context.spool, spool::Kind::message, acted->message_keys);
  RemoveFiles(context.spool, spool::Kind::instance, acted->instance_keys);
  return Acted{acted->items, acted->replacing};
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
  return Finish(context, acts.Retry(item, now));
}

Decided<Acted> RetryAll(const OperatorContext& context, Time now) {
  return Finish(context, ledger::OperatorActs(context.database).RetryAll(now));
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
