#include "transform/recipes.h"

namespace gateway::transform {
namespace {

template <typename Rule>
Recipe RecipeOf(const Rule& rule, const std::string& system) {
  return {.edits = rule.edits, .original_attributes = rule.original_attributes, .system = system};
}

}  // namespace

Recipes MakeRecipes(const RouteSettings& routes, const std::string& system) {
  Recipes recipes;
  for (const OutboundRuleSettings& rule : routes.outbound) {
    Recipe& recipe = recipes.outbound[rule.name] = RecipeOf(rule, system);
    recipe.deidentify = rule.deidentify;
  }
  for (const InboundRuleSettings& rule : routes.inbound) {
    Recipe& recipe = recipes.inbound[rule.name] = RecipeOf(rule, system);
    recipe.reidentify = rule.reidentify;
  }
  return recipes;
}

}  // namespace gateway::transform
