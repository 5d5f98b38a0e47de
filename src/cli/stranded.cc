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
  const auto stranded = operations::FindStranded(session.Context());
  if (!stranded) return;
  for (const ledger::Stranded& found : *stranded) out << prefix << TextOf(found) << "\n";
}

}  // namespace gateway::cli
