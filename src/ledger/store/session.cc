#include "ledger/store/session.h"

#include <chrono>
#include <thread>

#include "base/error_codes.h"
#include "ledger/store/sqlite/connection.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

// A very busy machine or disk may keep a lock for this long, and an earlier error helps nobody.
constexpr std::chrono::seconds kLongestWait{30};

// SOCI reads "key=value" pairs. If there is no '=', it takes the whole string for the file's name.
std::string ConnectString(const std::filesystem::path& file) {
  const std::string name = file.string();
  return name.find('=') == std::string::npos ? name : "dbname=\"" + name + "\"";
}

// A value or cell in the types that SOCI exchanges. It stays at its address while a statement runs.
struct Slot {
  soci::indicator indicator = soci::i_ok;
  long long number = 0;
  std::string string;
  bool text = false;
};

void Bind(soci::statement& statement, std::vector<Slot>& values, std::vector<Slot>& columns) {
  statement.bind_clean_up();
  for (Slot& slot : values) {
    if (slot.text) {
      statement.exchange(soci::use(slot.string, slot.indicator));
    } else {
      statement.exchange(soci::use(slot.number, slot.indicator));
    }
  }
  for (Slot& slot : columns) {
    if (slot.text) {
      statement.exchange(soci::into(slot.string, slot.indicator));
    } else {
      statement.exchange(soci::into(slot.number, slot.indicator));
    }
  }
  statement.define_and_bind();
}

std::vector<Slot> ValueSlots(std::vector<Value>& values) {
  std::vector<Slot> slots(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (auto* number = std::get_if<std::int64_t>(&values[i])) {
      slots[i].number = *number;
    } else if (auto* string = std::get_if<std::string>(&values[i])) {
      slots[i].text = true;
      slots[i].string = std::move(*string);
    } else {
      slots[i].indicator = soci::i_null;
    }
  }
  return slots;
}

Error ErrorFromResultCode(int code, const std::string& message) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Transient(codes::kDiskFull, message);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:  // file systems are mounted like this after an error
      return Transient(codes::kDiskError, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Transient(codes::kLedgerBusy, message);
    case SQLITE_NOMEM:
      return Transient(codes::kOutOfResources, message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ConfigError(codes::kLedgerDamaged, message);
    default:
      return Permanent(codes::kLedgerError, message);
  }
}

}  // namespace

Session::Session(const std::filesystem::path& file)
    : connection_(std::make_unique<SqliteConnection>(ConnectString(file))) {}
Session::~Session() = default;

std::int64_t Session::Run(std::string_view sql, std::vector<Value> values, std::vector<Cell> columns,
                          const OnRow& on_row) {
  std::vector<Slot> value_slots = ValueSlots(values);
  std::vector<Slot> column_slots(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) column_slots[i].text = columns[i].text;
  soci::statement& statement = connection_->Prepare(sql);
  try {
    Bind(statement, value_slots, column_slots);
    bool got_row = statement.execute(true);
    const std::int64_t changed = statement.get_affected_rows();
    if (got_row && columns.empty()) {
      // Some PRAGMAs return a row that nobody asked for. SOCI does not fetch further without
      // columns, and a statement that is left half-way would keep later transactions from
      // committing.
      connection_->statements.erase(connection_->statements.find(sql));
      return changed;
    }
    for (; got_row; got_row = statement.fetch()) {
      if (!on_row) continue;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        columns[i].null = column_slots[i].indicator == soci::i_null;
        columns[i].number = columns[i].null ? 0 : column_slots[i].number;
        columns[i].string = columns[i].null ? std::string() : column_slots[i].string;
      }
      on_row(columns);
    }
    statement.bind_clean_up();
    // A statement that was not read to its end would keep the transaction from committing. An
    // example is a PRAGMA whose answer nobody wants.
    sqlite_api::sqlite3_reset(static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_);
    return changed;
  } catch (...) {
    // SOCI finalizes a statement that failed. It must not go on pointing at the slots of this call.
    connection_->statements.erase(connection_->statements.find(sql));
    throw;
  }
}

bool Session::InTransaction() const {
  return sqlite_api::sqlite3_get_autocommit(connection_->handle()) == 0;
}

void Session::WaitForOthers() {
  const auto busy = [](void* connection, int asked) {
    auto& since = static_cast<SqliteConnection*>(connection)->busy_since;
    const auto now = std::chrono::steady_clock::now();
    if (asked == 0) since = now;
    if (now - since > kLongestWait) return 0;
    // The pauses are uneven, so that they do not fall into step with the writer that is waited for.
    std::this_thread::sleep_for(std::chrono::microseconds(500 + asked * 389 % 1500));
    return 1;
  };
  sqlite_api::sqlite3_busy_handler(connection_->handle(), busy, connection_.get());
}

std::vector<std::string> Session::Statements() const {
  std::vector<std::string> result;
  for (const auto& [sql, statement] : connection_->statements) result.push_back(sql);
  return result;
}

Error ErrorFromException(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const soci::sqlite3_soci_error& error) {
    return ErrorFromResultCode(error.result(), error.get_error_message());
  } catch (const soci::soci_error& error) {
    return Permanent(codes::kLedgerError, error.get_error_message());
  } catch (const DamagedRow& damage) {
    return ConfigError(codes::kLedgerDamaged, damage.what());
  } catch (const std::bad_alloc&) {
    return Transient(codes::kOutOfResources, "memory");
  } catch (const std::exception& error) {
    return Permanent(codes::kLedgerError, error.what());
  } catch (...) {
    return Permanent(codes::kLedgerError, "an unknown exception");
  }
}

}  // namespace gateway::ledger
