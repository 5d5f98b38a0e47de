// A connection to SQLite through SOCI, with the statements that it has prepared.
#pragma once

// Debian's SOCI says that it was built with Boost, which only adds templates for Boost's types to
// its headers. Not using them saves the dependency on libboost-dev.
#include <soci/soci-config.h>
#undef SOCI_HAVE_BOOST
#undef SOCI_HAVE_BOOST_DATE_TIME

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gateway::ledger {

struct SqliteConnection {
  // `connect_string` names the file as SOCI wants it.
  explicit SqliteConnection(const std::string& connect_string) : soci(soci::sqlite3, connect_string) {}
  soci::session soci;
  std::map<std::string, soci::statement, std::less<>> statements;  // destroyed before the session
  int pages_in_log = 0;
  std::chrono::steady_clock::time_point busy_since;

  soci::statement& Prepare(std::string_view sql) {
    if (const auto found = statements.find(sql); found != statements.end()) return found->second;
    soci::statement statement(soci);
    statement.alloc();
    statement.prepare(std::string(sql));
    return statements.emplace(sql, statement).first->second;
  }

  [[nodiscard]] sqlite_api::sqlite3* handle() {
    return static_cast<soci::sqlite3_session_backend*>(soci.get_backend())->conn_;
  }
};

}  // namespace gateway::ledger
