#include "config/checks.h"

#include <algorithm>
#include <map>
#include <string_view>

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

void SetDefaultMailbox(Settings& settings) {
  if (settings.mailboxes.empty()) return;
  for (PartnerSettings& partner : settings.partners) {
    if (partner.mailbox.empty()) partner.mailbox = settings.mailboxes.front().name;
  }
}

}  // namespace gateway::config
