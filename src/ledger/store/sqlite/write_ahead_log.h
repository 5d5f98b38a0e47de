// The write-ahead log of SQLite, which holds what was committed until it is copied into the
// database file.
#pragma once

#include "ledger/store/session.h"

namespace gateway::ledger {

// It holds nothing but a reference to the session.
class WriteAheadLog {
 public:
  explicit WriteAheadLog(Session& session) : connection_(*session.connection_) {}

  // Keeps the -wal when the last connection closes. If the daemon did not close the ledger, the
  // -wal shows that the ledger is complete.
  void Keep(bool kept = true);
  // From here on Pages() counts. Call it after the session was set up, because SQLite's own
  // checkpoints use the same hook.
  void Watch();
  // Returns the pages of the -wal at the session's last commit.
  [[nodiscard]] int Pages() const;

 private:
  SqliteConnection& connection_;
};

}  // namespace gateway::ledger
