// Mails in quarantine that nobody vouched for: those of strangers, and those in a partner's name
// that do not have the partner's signature. Their number is bounded, and the oldest go first. A
// mail that a partner signed is no junk, whatever it waits for, and neither is one at which our own
// side failed. The caller says which reasons mean that (inbound/junk_reasons.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gateway/error_code.h"
#include "gateway/result.h"
#include "gateway/settings/reception.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct JunkReasons {
  std::span<const ErrorCode> our_failures;  // our side failed, so even a stranger's mail stays
  std::span<const ErrorCode> unvouched;     // nothing shows that the partner wrote the mail
};

struct DroppedJunk {
  std::size_t mails = 0;
  std::string why;                     // "age", "number" or "size": why the last one was dropped
  std::vector<std::string> mail_keys;  // the caller removes these files
};

class Junk {
 public:
  Junk(Database& database, const JunkReasons& reasons);

  // Returns in whose names there may be junk. "" stands for all strangers together.
  Result<std::vector<std::string>> Partners();
  // Drops what is above the limits, at most `limit` mails. `by_age` is false while nobody knows how
  // old anything is.
  Result<DroppedJunk> Bound(const std::string& partner, const QuarantineLimits& limits, bool by_age, std::size_t limit,
                            Time now);
  // Automatic answers do not count, because nobody has to do anything about them.
  struct Strangers {
    std::size_t since = 0;  // strangers' mails that went to quarantine since then
    std::size_t waiting = 0;
  };
  Result<Strangers> StrangersSince(Time since);

 private:
  Database& database_;
  const std::string select_;  // junk in one name, the oldest first
};

}  // namespace gateway::ledger
