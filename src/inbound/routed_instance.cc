#include "inbound/routed_instance.h"

#include <utility>

#include "gateway/item_id.h"
#include "telemetry/events.h"

namespace gateway::inbound {

Result<ledger::NewReceivedInstance> Routed(routing::InboundFacts facts, const routing::Router& router,
                                           ServiceResults& results) {
  ledger::NewReceivedInstance instance;
  GATEWAY_ASSIGN(ledger::AnsweredRequests answered, results.RequestsOf(*facts.header, facts.partner, facts.set));
  facts.service = instance.service = std::move(answered.service);
  instance.answers = std::move(answered.shipments);
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

std::string ShipmentNames(const std::vector<std::int64_t>& shipments) {
  std::string names;
  for (const std::int64_t shipment : shipments) {
    names += (names.empty() ? "" : ",") + Format(ItemKind::shipment, shipment);
  }
  return names;
}

}  // namespace

void LogInstance(const ledger::ReceivedInstance& received, const std::string& from, const std::string& partner,
                 const InstanceHeader& header) {
  const std::string name = Format(ItemKind::instance, received.instance);
  if (!received.service.empty()) events::ServiceResultReceived(received.service, name, ShipmentNames(received.answers));
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
