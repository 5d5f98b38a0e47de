#include "opener/recipe_runner.h"

#include <optional>
#include <utility>

#include "dicom/coding/instance_coder.h"
#include "dicom/deidentify/deidentify.h"
#include "dicom/edit/rewriter.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/wholeness.h"

namespace gateway::opener {
namespace {

// Returns whether the edits changed anything. Otherwise nothing was written.
Result<bool> Edit(int file, const InstanceHeader& header, const Recipe& recipe, const dicom::EditRecord& record,
                  const dicom::NewFile& new_file, int to, RecipeResult& result) {
  if (recipe.edits.empty()) return false;
  GATEWAY_ASSIGN(const dicom::EditedFile edited, dicom::EditedFile::Open(file, header, new_file));
  GATEWAY_ASSIGN(dicom::EditOutcome outcome, dicom::EditAttributes(edited, recipe, record, to));
  result.replaced.merge(outcome.replaced);
  return outcome.changed;
}

// Regions can be blanked only in pixels that are not compressed.
Result<std::optional<InstanceHeader>> Decode(int from, const InstanceHeader& header, int to) {
  GATEWAY_ASSIGN(dicom::CodingOutcome outcome, dicom::CodeInstance(from, header, to, Coding::uncompressed));
  return std::move(outcome.header);
}

Result<void> Deidentify(int file, const DeidentifySettings& settings, const dicom::NewFile& new_file, int to,
                        RecipeResult& result) {
  GATEWAY_ASSIGN(const InstanceHeader header, dicom::ReadHeaderWithoutHash(file));
  GATEWAY_ASSIGN(const dicom::Deidentification deidentification, dicom::Deidentification::Create(settings));
  GATEWAY_ASSIGN(std::set<ReplacedIdentifier> replaced, deidentification.Apply(file, header, new_file, to, Decode));
  result.replaced.merge(replaced);
  return {};
}

}  // namespace

Result<RecipeResult> RunRecipe(int file, const Recipe& recipe, const dicom::EditRecord& record,
                               const dicom::NewFile& new_file, int out) {
  RecipeResult result;
  GATEWAY_ASSIGN(const InstanceHeader before, dicom::ReadHeaderWithoutHash(file));
  if (recipe.deidentify) {
    GATEWAY_ASSIGN(const UniqueFd between, new_file());
    GATEWAY_ASSIGN(const bool edited, Edit(file, before, recipe, record, new_file, between.get(), result));
    GATEWAY_TRY(Deidentify(edited ? between.get() : file, *recipe.deidentify, new_file, out, result));
  } else {
    GATEWAY_ASSIGN(const bool edited, Edit(file, before, recipe, record, new_file, out, result));
    if (!edited) return result;
  }
  Result<InstanceHeader> after = dicom::ReadHeader(out, record.default_set);
  if (!after) return Permanent(codes::kTransformFailed, "the copy cannot be read: " + after.error().detail);
  if (dicom::CheckWhole(file, before) && !dicom::CheckWhole(out, *after)) {
    return Permanent(codes::kTransformFailed, "the copy is not whole");
  }
  result.header = *std::move(after);
  return result;
}

}  // namespace gateway::opener
