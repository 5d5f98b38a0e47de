#include "inbound/routed_instance.h"

#include "gateway/item_id.h"
#include "telemetry/events.h"

namespace gateway::inbound {

ledger::NewReceivedInstance Routed(const routing::InboundFacts& facts, const routing::Router& router) {
  ledger::NewReceivedInstance instance;
  instance.header = *facts.header;
  for (const routing::InboundTarget& target : router.Inbound(facts)) {
    instance.pacs.push_back(target.pacs);
    instance.rules[target.pacs] = target.rule;
    if (target.changes) instance.changing.insert(target.pacs);
    instance.on_duplicate[target.pacs] = target.duplicates;
  }
  return instance;
}

namespace {

events::InstanceChange ForLog(const ledger::InstanceChange& change) {
  return {Format(ItemKind::instance, change.earlier), change.earlier_partner, change.difference};
}

}  // namespace

void LogInstance(const ledger::ReceivedInstance& received, const std::string& from, const std::string& partner,
                 const InstanceHeader& header) {
  const std::string name = Format(ItemKind::instance, received.instance);
  if (received.again) events::InstanceRedelivered(Format(ItemKind::instance, *received.again), from, partner);
  switch (received.outcome) {
    case ledger::InstanceOutcome::accepted:
      events::InstanceAccepted(name, from, partner, header.file_size);
      break;
    case ledger::InstanceOutcome::duplicate:
    case ledger::InstanceOutcome::not_compared:
      return;
    case ledger::InstanceOutcome::again:
      events::InstanceRedelivered(name, from, partner);
      break;
    case ledger::InstanceOutcome::conflict:
      return events::InstanceConflict(name, from, partner, ForLog(received.change.value_or(ledger::InstanceChange())));
    case ledger::InstanceOutcome::undeliverable:
      events::InstanceUndeliverable(name, partner);
      break;
  }
  if (received.change) events::InstanceChanged(name, from, partner, ForLog(*received.change));
}

}  // namespace gateway::inbound
