#include "cli/stranded.h"

#include "base/printable.h"
#include "cli/output.h"
#include "operations/known_destinations.h"

namespace gateway::cli {

std::string TextOf(const ledger::Stranded& stranded) {
  const std::string kind(NameOf(stranded.destination.kind));
  return std::to_string(stranded.items) + (stranded.items == 1 ? " item waits for " : " items wait for ") +
         TextOf(stranded.destination) + ", which is not in the configuration: redirect " + kind + " --from " +
         Printable(stranded.destination.name) + " --to NAME";
}

void PrintStranded(const OperatorSession& session, Output& out, const std::string& prefix) {
  const auto stranded =
      ledger::Destinations(*session.database).FindStranded(operations::DestinationsOf(session.settings));
  if (!stranded) return;
  for (const ledger::Stranded& found : *stranded) out << prefix << TextOf(found) << "\n";
}

std::vector<ledger::DestinationName> UnknownDestinationsOf(const OperatorSession& session, ItemId item) {
  std::vector<ledger::DestinationName> unknown;
  const auto destinations = ledger::Destinations(*session.database).Of(item);
  if (!destinations) return unknown;
  const ledger::KnownDestinations known = operations::DestinationsOf(session.settings);
  for (const ledger::DestinationName& destination : *destinations) {
    if (!known.Has(destination)) unknown.push_back(destination);
  }
  return unknown;
}

}  // namespace gateway::cli
