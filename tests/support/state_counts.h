// Looks up what `status` counts, by the names that rows and people know.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "ledger/operator_ledger.h"

namespace gateway::ledger {

inline std::int64_t CountIn(const Status& status, std::string_view kind, std::string_view state) {
  for (const auto& [counted, states] : status.counts) {
    for (const auto& [each, count] : states) {
      if (NameOf(counted) == kind && each.name == state) return count;
    }
  }
  throw std::out_of_range(std::string(kind) + " " + std::string(state));
}

}  // namespace gateway::ledger
