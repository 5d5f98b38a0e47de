// Does what the rules of the configuration ask for: a sandboxed open worker without keys carries
// out the rule's recipe, because instances hold hostile bytes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "ledger/store/database.h"
#include "spool/spool.h"
#include "transform/recipes.h"
#include "transform/transform.h"
#include "transform/worker_pool.h"

namespace gateway::transform {

class RuleTransform : public Transform {
 public:
  // References must outlive the object. `database` has the identifiers that rules replaced; with
  // nullptr nothing can be re-identified.
  RuleTransform(const Recipes& recipes, opener::WorkerProgram program, const spool::Spool& spool, const Clock& clock,
                ledger::Database* database = nullptr);

  // Also true for a rule that asked for changes and that the configuration no longer has: nobody
  // knows what it asked for, so nothing goes by it.
  [[nodiscard]] bool Concerns(const Way& way) const override;
  // Errors: permanent "transform-failed", "reidentify-unknown", and those of de-identification. The
  // detail says why.
  [[nodiscard]] Result<std::optional<Changed>> Apply(const Way& way, const Original& original,
                                                     const std::filesystem::path& to) const override;

 private:
  struct Prepared {
    bool empty = true;
    std::string text;                         // of opener/recipe_forms.h
    std::optional<Recipe> reidentifies = {};  // the recipe, if `text` lacks edits that each instance needs
  };
  using ByRule = std::map<std::string, Prepared, std::less<>>;
  static ByRule Prepare(const std::map<std::string, Recipe>& recipes);
  [[nodiscard]] const Prepared* Find(const Way& way) const;
  [[nodiscard]] Result<std::optional<Changed>> Run(opener::OpenProcess& worker, const std::string& recipe,
                                                   const Way& way, const Original& original,
                                                   const std::filesystem::path& to) const;

  // Returns the recipe with the edits that re-identify this instance.
  [[nodiscard]] Result<std::string> Reidentifying(opener::OpenProcess& worker, const Recipe& recipe, const Way& way,
                                                  const Original& original) const;

  const ByRule outbound_;
  const ByRule inbound_;
  const Clock& clock_;
  ledger::Database* const database_;
  mutable WorkerPool workers_;
};

}  // namespace gateway::transform
