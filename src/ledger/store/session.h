// One connection to the ledger's database. SQL text goes in with values, which are bound to its
// :names in their order. A name stands once in a statement, because SOCI's back ends count repeated
// names differently. Rows come out as tuples. Statements are prepared once and kept. Only one
// thread at a time may use a session.
//
// Every function here throws what SOCI throws. Database::Impl catches it around each transaction,
// and ErrorFromException() turns it into an Error.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/row_words.h"
#include "ledger/states.h"
#include "ledger/word_table.h"

namespace gateway::ledger {

// A value for a :name.
using Value = std::variant<std::nullptr_t, std::int64_t, std::string>;

template <typename T>
Value ToValue(const T& value) {
  if constexpr (std::is_same_v<T, Time>) {
    return ToUnixMilliseconds(value);
  } else if constexpr (RowWord<T>) {
    return std::string(WordOf(value));
  } else if constexpr (std::is_same_v<T, KindState>) {
    return std::string(value.name);
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return nullptr;
  } else {
    return std::string(value);
  }
}
template <typename T>
Value ToValue(const std::optional<T>& value) {
  return value ? ToValue(*value) : Value(nullptr);
}

// A value of a row.
struct Cell {
  bool text = false;  // which of the next two is wanted
  bool null = true;
  std::int64_t number = 0;
  std::string string;
};

// A row says what no row can say. So this program did not write it, or not this version of it.
struct DamagedRow : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Turns a Cell into a T. NULL is T{} unless T is an optional or an enum that has words.
template <typename T>
struct Column {
  static constexpr bool kText = false;
  static T From(Cell& cell) { return static_cast<T>(cell.number); }
};
template <>
struct Column<std::string> {
  static constexpr bool kText = true;
  static std::string From(Cell& cell) { return std::move(cell.string); }
};
// A text that is no word of the enum is damage.
template <RowWord Enum>
struct Column<Enum> {
  static constexpr bool kText = true;
  static Enum From(Cell& cell) {
    const std::optional<Enum> value = FromWord<Enum>(cell.string);
    if (!value) {
      throw DamagedRow((ItemState<Enum> ? "a row is in the unknown state '" : "a row has the unknown word '") +
                       cell.string + "'");
    }
    return *value;
  }
};
template <>
struct Column<Time> {
  static constexpr bool kText = false;
  static Time From(Cell& cell) { return FromUnixMilliseconds(cell.number); }
};
template <typename T>
struct Column<std::optional<T>> {
  static constexpr bool kText = Column<T>::kText;
  static std::optional<T> From(Cell& cell) {
    return cell.null ? std::optional<T>() : std::optional<T>(Column<T>::From(cell));
  }
};

struct SqliteConnection;  // sqlite/connection.h

// WriteAheadLog (sqlite/write_ahead_log.h) has the calls about the log of SQLite.
class Session {
 public:
  // Opens or creates `file` (SQLite decides), and sets nothing.
  explicit Session(const std::filesystem::path& file);
  ~Session();

  // Runs a statement and returns how many rows it changed.
  template <typename... Values>
  std::int64_t Execute(std::string_view sql, const Values&... values) {
    return Run(sql, {ToValue(values)...}, {}, nullptr);
  }

  template <typename... Columns, typename... Values>
  std::vector<std::tuple<Columns...>> Rows(std::string_view sql, const Values&... values) {
    std::vector<std::tuple<Columns...>> rows;
    Run(sql, {ToValue(values)...}, {Cell{Column<Columns>::kText, true, 0, {}}...}, [&rows](std::span<Cell> cells) {
      rows.push_back(MakeRow<Columns...>(cells, std::index_sequence_for<Columns...>()));
    });
    return rows;
  }

  // Returns the first row.
  template <typename... Columns, typename... Values>
  std::optional<std::tuple<Columns...>> Row(std::string_view sql, const Values&... values) {
    auto rows = Rows<Columns...>(sql, values...);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  // Returns the only column of all rows.
  template <typename T, typename... Values>
  std::vector<T> FirstColumn(std::string_view sql, const Values&... values) {
    std::vector<T> result;
    for (auto& [value] : Rows<T>(sql, values...)) result.push_back(std::move(value));
    return result;
  }

  // Returns the only column of the first row.
  template <typename T, typename... Values>
  std::optional<T> First(std::string_view sql, const Values&... values) {
    auto row = Row<T>(sql, values...);
    if (!row) return std::nullopt;
    return std::move(std::get<0>(*row));
  }

  // While another connection writes, the session asks for the lock again every millisecond or two.
  // After thirty seconds it reports "ledger-busy". SQLite's own busy_timeout asks ten times a
  // second. A daemon that writes without a pause leaves the lock free only for microseconds between
  // two flushes of a slow disk, so a command could come too late each time.
  void WaitForOthers();
  // Returns false also after the database has rolled back by itself, as it does on a full disk.
  [[nodiscard]] bool InTransaction() const;
  // Returns the statements prepared so far. Tests look at their plans.
  [[nodiscard]] std::vector<std::string> Statements() const;

 private:
  template <typename... Columns, std::size_t... I>
  static std::tuple<Columns...> MakeRow(std::span<Cell> cells, std::index_sequence<I...>) {
    return {Column<Columns>::From(cells[I])...};
  }
  using OnRow = std::function<void(std::span<Cell>)>;
  std::int64_t Run(std::string_view sql, std::vector<Value> values, std::vector<Cell> columns, const OnRow& on_row);

  std::unique_ptr<SqliteConnection> connection_;
  friend class WriteAheadLog;
};

// Turns an exception that was caught while a Session worked into an Error. The Error holds no bound
// values, which SOCI's what() would show.
Error ErrorFromException(const std::exception_ptr& exception);

}  // namespace gateway::ledger
