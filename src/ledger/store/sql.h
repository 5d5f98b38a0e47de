// SQL text that names states, error codes and the words of rows. They stand in the text as
// literals. The database uses a partial index only if the text of the statement repeats the index's
// condition, and a bound value does not.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "gateway/error_code.h"
#include "ledger/row_words.h"
#include "ledger/states.h"
#include "ledger/word_table.h"

namespace gateway::ledger {

// A list such as IN ('waiting', 'held').
struct InList {
  std::string text;
};

template <typename T>
concept SqlName = RowWord<T> || std::same_as<T, ErrorCode>;

// Joins the parts: text as it is, and a state, another word or an error code as a literal.
template <typename... Parts>
std::string Sql(const Parts&... parts) {
  std::string sql;
  const auto add = [&sql](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (RowWord<Part>) {
      sql.append("'").append(WordOf(part)).append("'");
    } else if constexpr (std::is_same_v<Part, KindState> || std::is_same_v<Part, ErrorCode>) {
      sql.append("'").append(part.name).append("'");
    } else if constexpr (std::is_same_v<Part, InList>) {
      sql.append(part.text);
    } else {
      sql.append(std::string_view(part));
    }
  };
  (add(parts), ...);
  return sql;
}

// Follows the name of a column.
template <SqlName... Names>
InList In(const Names&... names) {
  std::string list;
  ((list.append(list.empty() ? "" : ", ").append(Sql(names))), ...);
  return {"IN (" + list + ")"};
}
inline InList In(std::span<const ErrorCode> codes) {
  std::string list;
  for (const ErrorCode& code : codes) list.append(list.empty() ? "" : ", ").append(Sql(code));
  return {"IN (" + list + ")"};
}
template <typename... Names>
InList NotIn(const Names&... names) {
  return {"NOT " + In(names...).text};
}

}  // namespace gateway::ledger
