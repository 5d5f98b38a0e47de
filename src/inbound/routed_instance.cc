#include "inbound/routed_instance.h"

#include "base/events.h"
#include "gateway/item_id.h"

namespace gateway::inbound {

ledger::NewReceivedInstance Routed(const InstanceHeader& header, const routing::Router& router,
                                   const std::string& partner) {
  ledger::NewReceivedInstance instance;
  instance.header = header;
  for (const routing::InboundTarget& target : router.Inbound(header, partner)) instance.pacs.push_back(target.pacs);
  return instance;
}

void LogInstance(const ledger::ReceivedInstance& received, const std::string& from, const std::string& partner,
                 const InstanceHeader& header) {
  const std::string name = Format(ItemKind::instance, received.instance);
  switch (received.outcome) {
    case ledger::InstanceOutcome::accepted:
      return events::InstanceAccepted(name, from, partner, header.file_size);
    case ledger::InstanceOutcome::duplicate:
      return;
    case ledger::InstanceOutcome::again:
      return events::InstanceRedelivered(name, from, partner);
    case ledger::InstanceOutcome::conflict:
      return events::InstanceConflict(name, from, partner);
    case ledger::InstanceOutcome::undeliverable:
      return events::InstanceUndeliverable(name, partner);
  }
}

}  // namespace gateway::inbound
