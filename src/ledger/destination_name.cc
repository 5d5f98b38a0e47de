#include "ledger/destination_name.h"

#include <algorithm>

#include "base/printable.h"
#include "ledger/row_words.h"

namespace gateway::ledger {

std::string_view NameOf(DestinationKind kind) {
  return WordOf(kind);
}

DestinationKind DestinationKindNamed(std::string_view name) {
  return FromWord<DestinationKind>(name).value_or(DestinationKind::partner);
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
