// Everything that a rule does to an instance on its way. It is made of the configuration once, and
// never changes. The open worker carries it out, step by step in the order below.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/edit.h"
#include "gateway/settings/deidentify.h"

namespace gateway {

struct Recipe {
  std::vector<Edit> edits;
  // The values before the edits go into Original Attributes Sequence (0400,0561).
  bool original_attributes = true;
  // This system changes them: Modifying System (0400,0563).
  std::string system;
  // The identifiers that we replaced become the original ones again, before the edits. The ledger
  // has them, so transform/reidentification.h makes edits of this for each instance.
  bool reidentify = false;
  // This follows the edits. It is null if instances are not de-identified.
  std::shared_ptr<const DeidentifySettings> deidentify = nullptr;

  [[nodiscard]] bool empty() const { return edits.empty() && !reidentify && deidentify == nullptr; }
};

// An identifier that a recipe replaced by another one. Such pairs are recorded, so that what comes
// back under the new one finds the old one.
struct ReplacedIdentifier {
  // "uid"; de-identification also has "patient-id", "patient-name" and "accession-number". It
  // records as well what it takes out and what a result must get back: "birth-date" and "days"
  // (the shift of the dates) under the new Patient ID, "study-date" under the new Study Instance
  // UID.
  std::string kind;
  std::string old_value;
  std::string new_value;

  auto operator<=>(const ReplacedIdentifier&) const = default;
};

}  // namespace gateway
