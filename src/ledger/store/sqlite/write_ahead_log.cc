#include "ledger/store/sqlite/write_ahead_log.h"

#include "ledger/store/sqlite/connection.h"

namespace gateway::ledger {

void WriteAheadLog::Keep(bool kept) {
  int keep = kept ? 1 : 0;
  (void)sqlite_api::sqlite3_file_control(connection_.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
}

void WriteAheadLog::Watch() {
  const auto committed = [](void* connection, sqlite_api::sqlite3*, const char*, int pages) {
    static_cast<SqliteConnection*>(connection)->pages_in_log = pages;
    return SQLITE_OK;
  };
  sqlite_api::sqlite3_wal_hook(connection_.handle(), committed, &connection_);
}

int WriteAheadLog::Pages() const {
  return connection_.pages_in_log;
}

}  // namespace gateway::ledger
