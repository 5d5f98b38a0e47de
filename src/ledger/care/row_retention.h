// Deletes rows of finished items without files in time, so that the ledger of a gateway that runs
// for years does not grow for ever. Items stay if they are failed, overdue, refused, bounced, held,
// in quarantine, kept, or still on the mail server. Everything that belongs to such an item stays
// too.
//
// Once a row is gone, its subject is new to the gateway. The same mail is taken again, and a
// receipt belongs to nothing.
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
    // Deleted shipments, mails, sets and instances, with all that belonged to them.
    std::size_t forgotten = 0;
    bool walk_over = false;  // everything was looked at once, so the next step begins anew
  };
  // Does a part of a walk over everything that was finished before `done_before`. A step is short,
  // so that others can write between two steps. It is not thread-safe.
  Result<Step> ForgetSome(Time done_before);

 private:
  Result<void> ForgetReplaced(Time done_before);

  Database& database_;
  // The present place of the walk.
  std::size_t sort_ = 0;
  Time finished_{};
  std::int64_t id_ = 0;
};

}  // namespace gateway::ledger
