#include "ledger/destination_name.h"

#include <algorithm>

#include "base/printable.h"

namespace gateway::ledger {

std::string_view NameOf(DestinationKind kind) {
  switch (kind) {
    case DestinationKind::partner:
      return "partner";
    case DestinationKind::pacs:
      return "pacs";
    case DestinationKind::mailbox:
      return "mailbox";
  }
  return {};
}

DestinationKind DestinationKindNamed(std::string_view name) {
  for (const DestinationKind kind : {DestinationKind::pacs, DestinationKind::mailbox}) {
    if (name == NameOf(kind)) return kind;
  }
  return DestinationKind::partner;
}

std::string TextOf(const DestinationName& destination) {
  return std::string(NameOf(destination.kind)) + " " + Printable(destination.name);
}

bool KnownDestinations::Has(const DestinationName& destination) const {
  const auto& names = destination.kind == DestinationKind::pacs      ? pacs
                      : destination.kind == DestinationKind::mailbox ? mailboxes
                                                                     : partners;
  return std::find(names.begin(), names.end(), destination.name) != names.end();
}

}  // namespace gateway::ledger
