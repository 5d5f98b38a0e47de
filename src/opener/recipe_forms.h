// The JSON form of a recipe, which the daemon hands to an open worker in a memfd: tables and
// secrets may be large, and belong in no packet.
#pragma once

#include <optional>
#include <string>

#include "gateway/recipe.h"

namespace gateway::opener {

std::string RecipeToText(const Recipe& recipe);
// Is the inverse. Returns nullopt for a text of the wrong form.
std::optional<Recipe> RecipeFromText(const std::string& text);

}  // namespace gateway::opener
