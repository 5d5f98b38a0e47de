#include "operations/known_destinations.h"

#include <string>
#include <vector>

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

}  // namespace gateway::operations
