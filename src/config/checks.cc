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

// Returns nullptr if none of them has the name.
template <typename Named>
const Named* Find(const std::vector<Named>& things, std::string_view name) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const Named& thing) { return thing.name == name; });
  return found == things.end() ? nullptr : &*found;
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
  Names receivers = NamesOf(settings.partners);
  for (const ServiceSettings& service : settings.services) receivers.push_back(service.name);
  const std::map<std::string_view, Names> known = {{"partner", NamesOf(settings.partners)},
                                                   {"service", NamesOf(settings.services)},
                                                   {kPartnerOrService, receivers},
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

void CheckServices(Draft& draft) {
  Loaded& loaded = draft.loaded;
  const Settings& settings = loaded.settings;
  const auto mistake = [&](const std::string& place, std::string message) {
    const auto found = loaded.places.find(place);
    if (found == loaded.places.end()) return;
    loaded.mistakes.push_back({found->second.file, found->second.line, std::move(message)});
  };
  for (const ServiceSettings& service : settings.services) {
    if (Find(settings.partners, service.name) == nullptr) continue;
    mistake("service " + service.name, "services." + service.name + ": a partner has this name already");
  }
  for (const OutboundRuleSettings& rule : settings.routes.outbound) {
    std::map<std::string_view, std::string_view> names;  // by partner
    for (const std::string& name : rule.send_to) {
      const ServiceSettings* const service = Find(settings.services, name);
      if (service == nullptr || service->partner.empty()) continue;
      const auto [other, first] = names.try_emplace(service->partner, service->name);
      if (first || other->second == service->name) continue;
      mistake("route " + rule.name, "routes.outbound." + rule.name + ": send_to names '" + std::string(other->second) +
                                        "' and '" + service->name + "', which are services of one partner");
    }
  }
}

void SendToServices(Settings& settings) {
  for (OutboundRuleSettings& rule : settings.routes.outbound) {
    std::vector<std::string> partners;
    for (const std::string& name : rule.send_to) {
      const ServiceSettings* const service = Find(settings.services, name);
      const std::string& partner = service == nullptr ? name : service->partner;
      if (service != nullptr) rule.services.emplace(partner, *service);
      if (std::find(partners.begin(), partners.end(), partner) == partners.end()) partners.push_back(partner);
    }
    rule.send_to = std::move(partners);
  }
}

void SetDefaultMailbox(Settings& settings) {
  if (settings.mailboxes.empty()) return;
  for (PartnerSettings& partner : settings.partners) {
    if (partner.mailbox.empty()) partner.mailbox = settings.mailboxes.front().name;
  }
}

}  // namespace gateway::config
