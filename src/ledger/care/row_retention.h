// Rows of what is done and has no file any more go in time, so that the ledger of a gateway that runs for years does
// not grow for ever. What failed, is overdue, refused, bounced, held, in quarantine, kept, or still on the mail server,
// stays, and with it what belongs to it.
//
// Once a row is gone, what it was about is new: the same mail is taken again, a receipt belongs to nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

class RowRetention {
 public:
  explicit RowRetention(Database& database) : database_(database) {}

  struct Step {
    std::size_t forgotten = 0;  // shipments, mails, sets and instances that went, with all that hung on them
    bool walk_over = false;     // everything was looked at once; the next step begins anew
  };
  // A part of a walk over all that was done before `done_before`. Short: others write between two steps. Not
  // thread-safe.
  Result<Step> ForgetSome(Time done_before);

 private:
  Database& database_;
  // Where the walk is.
  std::size_t source_ = 0;
  Time finished_{};
  std::int64_t id_ = 0;
};

}  // namespace gateway::ledger
