#include "operations/known_destinations.h"

#include <string>
#include <utility>

#include "ledger/destinations.h"
#include "operations/error_codes.h"

namespace gateway::operations {
namespace {

template <typename Named>
std::vector<std::string> NamesOf(const std::vector<Named>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

}  // namespace

ledger::KnownDestinations DestinationsOf(const Settings& settings) {
  return {NamesOf(settings.partners), NamesOf(settings.pacs), NamesOf(settings.mailboxes)};
}

Result<std::vector<ledger::Stranded>> FindStranded(const OperatorContext& context) {
  return ledger::Destinations(context.database).FindStranded(DestinationsOf(context.settings));
}

Result<std::vector<ledger::DestinationName>> UnknownDestinationsOf(const OperatorContext& context, ItemId item) {
  GATEWAY_ASSIGN(std::vector<ledger::DestinationName> destinations, ledger::Destinations(context.database).Of(item));
  const ledger::KnownDestinations known = DestinationsOf(context.settings);
  std::erase_if(destinations, [&](const ledger::DestinationName& destination) { return known.Has(destination); });
  return destinations;
}

ledger::Refusal NotConfigured(const ledger::DestinationName& destination) {
  return {.why = ledger::WhyRefused::not_configured, .destination = destination};
}

Result<void> RequireKnown(const OperatorContext& context, const ledger::DestinationName& destination) {
  if (DestinationsOf(context.settings).Has(destination)) return {};
  return Permanent(codes::kNoSuchDestination, TextOf(destination));
}

}  // namespace gateway::operations
