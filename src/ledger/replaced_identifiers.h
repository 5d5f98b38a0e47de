// The identifiers that rules replaced by others, such as UIDs: what comes back under a new one
// finds the old one here. Deriving a copy records them (DerivedFiles::Record). They stay as long as
// other finished rows do, counted from their last use. Any thread may call it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/recipe.h"
#include "gateway/result.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Says what one copy replaced, on the way to or from a partner.
struct Replacements {
  std::string partner;
  std::vector<ReplacedIdentifier> pairs;
};

class ReplacedIdentifiers {
 public:
  explicit ReplacedIdentifiers(Database& database) : database_(database) {}

  // Returns the identifier for which `new_value` went to or came from the partner, or nullopt.
  Result<std::optional<std::string>> OldValue(const std::string& kind, const std::string& new_value,
                                              const std::string& partner);
  // Fills in `old_value` of each pair, or leaves it empty if there is none, or if the new value
  // stands for several ones: then nobody knows which is meant.
  Result<std::vector<ReplacedIdentifier>> OldValues(std::vector<ReplacedIdentifier> pairs, const std::string& partner);
  // Returns whether a shipment to the partner had this study, under its own UID.
  Result<bool> WasSent(const std::string& study_instance_uid, const std::string& partner);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
