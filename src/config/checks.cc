#include "config/checks.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/ascii.h"
#include "config/suggestion.h"

namespace gateway::config {
namespace {

using Names = std::vector<std::string_view>;

template <typename Named>
Names NamesOf(const std::vector<Named>& things) {
  Names names;
  for (const Named& thing : things) names.push_back(thing.name);
  return names;
}

bool Has(const std::vector<std::string>& addresses, const std::string& wanted) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& address) { return EqualIgnoringCase(address, wanted); });
}

std::vector<std::string> AddressesOf(const auto& settings) {
  std::vector<std::string> addresses{settings.address};
  addresses.insert(addresses.end(), settings.aliases.begin(), settings.aliases.end());
  std::erase(addresses, "");
  return addresses;
}

}  // namespace

void CheckReferences(Draft& draft) {
  const Settings& settings = draft.loaded.settings;
  const std::map<std::string_view, Names> known = {{"partner", NamesOf(settings.partners)},
                                                   {"mailbox", NamesOf(settings.mailboxes)},
                                                   {"pacs", NamesOf(settings.pacs)}};
  for (const Reference& reference : draft.references) {
    const Names& names = known.at(reference.kind);
    if (std::find(names.begin(), names.end(), reference.name) != names.end()) continue;
    draft.loaded.mistakes.push_back({reference.place.file, reference.place.line,
                                     reference.from + ": there is no " + reference.kind + " '" + reference.name + "'" +
                                         Suggestion(reference.name, names)});
  }
}

void CheckClaims(Draft& draft) {
  std::map<std::pair<std::string, std::string>, const Claim*> first;
  for (const Claim& claim : draft.claims) {
    const auto [found, inserted] = first.try_emplace({claim.what, claim.value}, &claim);
    if (inserted) continue;
    const Claim& other = *found->second;
    draft.loaded.mistakes.push_back({claim.place.file, claim.place.line,
                                     claim.owner + ": the " + claim.what + " is already that of " + other.owner + " (" +
                                         Format({other.place.file, other.place.line, {}}) + ")"});
  }
}

void CheckOwnAddresses(Draft& draft) {
  Loaded& loaded = draft.loaded;
  for (const PartnerSettings& partner : loaded.settings.partners) {
    const auto place = loaded.places.find("partner " + partner.name);
    if (place == loaded.places.end()) continue;
    for (const MailboxSettings& mailbox : loaded.settings.mailboxes) {
      const std::vector<std::string> ours = AddressesOf(mailbox);
      for (const std::string& address : AddressesOf(partner)) {
        if (!Has(ours, address)) continue;
        loaded.mistakes.push_back({place->second.file, place->second.line,
                                   "partners." + partner.name + ": " + address + " is an address of our mailbox '" +
                                       mailbox.name + "', not of a partner"});
      }
    }
  }
}

void SetDefaultMailbox(Settings& settings) {
  if (settings.mailboxes.empty()) return;
  for (PartnerSettings& partner : settings.partners) {
    if (partner.mailbox.empty()) partner.mailbox = settings.mailboxes.front().name;
  }
}

}  // namespace gateway::config
