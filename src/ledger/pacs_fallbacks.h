// Deliveries that go to a fallback PACS, because their own PACS does not take them. The delivery to
// the own PACS is cancelled with the code "fell-back", so nothing is stored twice when that PACS
// returns, unless a person redelivers it. A receipt counts what the fallback PACS stores. Each call
// is one transaction, which is durable when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A delivery that fell back.
struct FellBack {
  std::int64_t delivery = 0;
  std::int64_t instance = 0;
  Error why;                 // as its own PACS, or the search for that PACS, failed last
  bool in_doubt = false;     // its own PACS may have the instance all the same
  bool receipt_due = false;  // the fallback PACS has the instance already
};

class PacsFallbacks {
 public:
  explicit PacsFallbacks(Database& database) : database_(database) {}

  // Lets waiting deliveries to `pacs` by this rule fall back to all of `to`: those that have failed
  // and are older than `after`, and all of them if the PACS has been away for longer. Those that a
  // worker has in hand, or a person holds, stay. At most 200 in one call.
  Result<std::vector<FellBack>> FallBackWaiting(const std::string& pacs, const std::string& rule,
                                                const std::vector<std::string>& to, Milliseconds after, Time now);
  // Lets a delivery fall back that the caller has in hand, and that its PACS will not take. Returns
  // nullopt, and does nothing, if a person holds it or it is no longer the caller's.
  Result<std::optional<FellBack>> FallBackRefused(std::int64_t delivery, const std::vector<std::string>& to,
                                                  const Error& why, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
