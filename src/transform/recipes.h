// Makes the recipes of all rules from the configuration: what each rule does to instances on their
// way.
#pragma once

#include <map>
#include <string>

#include "gateway/recipe.h"
#include "gateway/settings/routes.h"

namespace gateway::transform {

// Immutable. Every rule of the configuration is here; the recipe of most rules is empty.
struct Recipes {
  std::map<std::string, Recipe> outbound;
  std::map<std::string, Recipe> inbound;
};

// `system` is the name of this gateway, which the copies tell.
Recipes MakeRecipes(const RouteSettings& routes, const std::string& system);

}  // namespace gateway::transform
