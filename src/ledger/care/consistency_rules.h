// Rules that hold between rows whenever nobody is in the middle of a transaction. Each rule finds
// the rows that break it.
#pragma once

#include <string>
#include <vector>

#include "gateway/disagreement_kind.h"
#include "gateway/item_id.h"

namespace gateway::ledger {

struct Rule {
  DisagreementKind broken{};
  ItemKind kind = ItemKind::message;  // the kind of the rows that it finds
  std::string sql;                    // SELECT id ... WHERE ...; it finds nothing if all is well
};

const std::vector<Rule>& Rules();

}  // namespace gateway::ledger
