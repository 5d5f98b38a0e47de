// Asks the database what it finds wrong with its own pages and references.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/store/session.h"

namespace gateway::ledger {

// Returns a line for each damaged page or index, up to `limit`.
std::vector<std::string> DamagedPages(Session& session, std::size_t limit);

// A row that refers to a row of `parent` that does not exist.
struct BrokenReference {
  std::string table;
  std::int64_t row = 0;
  std::string parent;
};

std::vector<BrokenReference> BrokenReferences(Session& session);

}  // namespace gateway::ledger
