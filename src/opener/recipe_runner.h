// Carries out a recipe on one file, in the open worker. Each step reads what the step before it
// wrote.
#pragma once

#include <optional>
#include <set>

#include "dicom/edit/attribute_edits.h"
#include "gateway/instance.h"
#include "gateway/recipe.h"
#include "gateway/result.h"

namespace gateway::opener {

struct RecipeResult {
  // The header of the copy. nullopt: nothing was changed, and nothing was written.
  std::optional<InstanceHeader> header;
  std::set<ReplacedIdentifier> replaced;
};

// Writes the copy to `out`, an empty file. `new_file` makes files for steps in between. Whatever
// was whole before is whole afterwards, which is checked. Errors: those of the steps.
Result<RecipeResult> RunRecipe(int file, const Recipe& recipe, const dicom::EditRecord& record,
                               const dicom::NewFile& new_file, int out);

}  // namespace gateway::opener
