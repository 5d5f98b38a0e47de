// Mails in quarantine that nobody vouched for: those of strangers, and those in a partner's name whose signature is not
// the partner's. They are bounded, and the oldest go first. What a partner signed, whatever it waits for, and what our
// own side failed at, is none of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/reception.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct DroppedJunk {
  std::size_t mails = 0;
  std::string why;                     // "age", "number", "size"; of the last
  std::vector<std::string> mail_keys;  // of files, for the caller to remove
};

class Junk {
 public:
  explicit Junk(Database& database) : database_(database) {}

  // Whose junk there is; "" stands for all strangers together.
  Result<std::vector<std::string>> Partners();
  // Drops what is over the bounds, at most `limit` mails. `by_age` false: nobody knows how old anything is just now.
  Result<DroppedJunk> Bound(const std::string& partner, const QuarantineLimits& limits, bool by_age, std::size_t limit,
                            Time now);
  struct Strangers {
    std::size_t since = 0;  // that went to quarantine since then
    std::size_t waiting = 0;
  };
  Result<Strangers> StrangersSince(Time since);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
