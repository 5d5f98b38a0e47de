// Corrects times in the ledger after somebody has set the clock back. Any thread may call it.
#pragma once

#include <cstddef>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Next tries that are further ahead than `longest_wait`, and other times in the future, were
// written before the clock was set back. Each call sets them to `now`, in one transaction, and
// returns how many they were.
class ClockSetBack {
 public:
  explicit ClockSetBack(Database& database) : database_(database) {}

  Result<std::size_t> CorrectOutbound(Milliseconds longest_wait, Time now);
  Result<std::size_t> CorrectInbound(Milliseconds longest_wait, Milliseconds document_timeout, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
