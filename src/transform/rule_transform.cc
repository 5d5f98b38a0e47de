#include "transform/rule_transform.h"

#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "dicom/error_codes.h"
#include "opener/error_codes.h"
#include "opener/recipe_forms.h"
#include "transform/reidentification.h"

namespace gateway::transform {
namespace {

// VR DT, in UTC.
std::string DateTimeText(Time time) {
  const std::time_t seconds = ToUnixMilliseconds(time) / 1000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y%m%d%H%M%S+0000", &utc);
  return {text, size};
}

// Nothing leaves, whatever went wrong. Only what may pass is tried again.
Error FailureOf(const Error& error) {
  if (error.fault == Fault::transient) return error;
  if (Is(error, codes::kTransformFailed)) return Permanent(codes::kTransformFailed, error.detail);
  // These say by themselves what an operator has to do (docs/deidentification.md).
  if (IsOneOf(error, codes::kDeidentifyBurnedIn, codes::kDeidentifyContent, codes::kDeidentifyPatientUnknown,
              codes::kDeidentifyPixels, codes::kDeidentifyUnknown, codes::kReidentifyUnknown)) {
    return error;
  }
  return Permanent(codes::kTransformFailed, error.code + (error.detail.empty() ? "" : ": " + error.detail));
}

}  // namespace

RuleTransform::RuleTransform(const Recipes& recipes, opener::WorkerProgram program, const spool::Spool& spool,
                             const Clock& clock, ledger::Database* database)
    : outbound_(Prepare(recipes.outbound)),
      inbound_(Prepare(recipes.inbound)),
      clock_(clock),
      database_(database),
      workers_(std::move(program), spool, AskedForReidentification()) {}

RuleTransform::ByRule RuleTransform::Prepare(const std::map<std::string, Recipe>& recipes) {
  ByRule prepared;
  for (const auto& [rule, recipe] : recipes) {
    if (recipe.empty()) {
      prepared[rule] = {};
    } else {
      prepared[rule] = {false, opener::RecipeToText(recipe), recipe.reidentify ? std::optional(recipe) : std::nullopt};
    }
  }
  return prepared;
}

const RuleTransform::Prepared* RuleTransform::Find(const Way& way) const {
  const ByRule& rules = way.pacs.empty() ? outbound_ : inbound_;
  const auto found = rules.find(way.rule);
  return found == rules.end() ? nullptr : &found->second;
}

bool RuleTransform::Concerns(const Way& way) const {
  if (way.rule.empty()) return false;
  const Prepared* const recipe = Find(way);
  return recipe == nullptr ? way.asked : !recipe->empty;
}

Result<std::optional<Changed>> RuleTransform::Apply(const Way& way, const Original& original,
                                                    const std::filesystem::path& to) const {
  const Prepared* const recipe = Find(way);
  if (recipe == nullptr) {
    return Permanent(codes::kTransformFailed, "the configuration has no rule " + way.rule + " any more");
  }
  WorkerPool::Lease worker = workers_.Take();
  std::string text = recipe->text;
  if (recipe->reidentifies) {
    Result<std::string> made = Reidentifying(*worker, *recipe->reidentifies, way, original);
    if (!made) return FailureOf(made.error());
    text = *std::move(made);
  }
  Result<std::optional<Changed>> changed = Run(*worker, text, way, original, to);
  // A worker may have died of something that an earlier instance left.
  if (!changed && opener::OpenProcess::SaysWorkerEnded(changed.error()) && changed.error().fault != Fault::transient) {
    worker->End();
    changed = Run(*worker, text, way, original, to);
  }
  if (!changed) return FailureOf(changed.error());
  return changed;
}

// A trial with new UIDs names all UIDs that the instance has.
Result<std::string> RuleTransform::Reidentifying(opener::OpenProcess& worker, const Recipe& recipe, const Way& way,
                                                 const Original& original) const {
  if (database_ == nullptr) return Permanent(codes::kTransformFailed, "there is no ledger");
  Recipe trial;
  trial.original_attributes = false;
  trial.edits.emplace_back().kind = EditKind::new_uids;
  GATEWAY_ASSIGN(const opener::TransformedFile tried,
                 worker.Transform(original.file, opener::RecipeToText(trial), {DateTimeText(clock_.Now()), {}}));
  std::vector<std::string> uids;
  for (const ReplacedIdentifier& pair : tried.replaced) uids.push_back(pair.old_value);
  worker.End();
  Result<InstanceHeader> header = worker.ReadHeader(original.file);
  worker.End();
  if (!header) return header.error();
  ledger::ReplacedIdentifiers replaced(*database_);
  GATEWAY_ASSIGN(std::vector<Edit> edits, ReidentifyingEdits(*header, uids, way.partner, replaced));
  Recipe whole = recipe;
  whole.edits.insert(whole.edits.begin(), edits.begin(), edits.end());
  return opener::RecipeToText(whole);
}

Result<std::optional<Changed>> RuleTransform::Run(opener::OpenProcess& worker, const std::string& recipe,
                                                  const Way& way, const Original& original,
                                                  const std::filesystem::path& to) const {
  // An instance from a partner had that partner's values. An instance that goes out had our own.
  const opener::TransformRequest request{DateTimeText(clock_.Now()), way.pacs.empty() ? std::string() : way.partner};
  GATEWAY_ASSIGN(opener::TransformedFile made, worker.Transform(original.file, recipe, request));
  if (!made.header) return std::optional<Changed>();
  std::error_code failure;
  std::filesystem::rename(made.file, to, failure);
  if (failure) return ErrorFromErrno(failure.value(), "rename", to);
  return std::optional(Changed{*std::move(made.header), std::move(made.replaced)});
}

}  // namespace gateway::transform
