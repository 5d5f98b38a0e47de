// SQL text that names states. The states stand in the text as literals. The database uses a partial
// index only if the text of the statement repeats the index's condition, and a bound value does
// not.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "ledger/states.h"

namespace gateway::ledger {

// A list such as IN ('waiting', 'held').
struct StateList {
  std::string text;
};

// Joins the parts: text as it is, and a state as a literal.
template <typename... Parts>
std::string Sql(const Parts&... parts) {
  std::string sql;
  const auto add = [&sql](const auto& part) {
    using Part = std::remove_cvref_t<decltype(part)>;
    if constexpr (ItemState<Part>) {
      sql.append("'").append(NameOf(part)).append("'");
    } else if constexpr (std::is_same_v<Part, KindState>) {
      sql.append("'").append(part.name).append("'");
    } else if constexpr (std::is_same_v<Part, StateList>) {
      sql.append(part.text);
    } else {
      sql.append(std::string_view(part));
    }
  };
  (add(parts), ...);
  return sql;
}

// Follows the name of a column.
template <ItemState... States>
StateList In(States... states) {
  std::string list;
  ((list.append(list.empty() ? "" : ", ").append(Sql(states))), ...);
  return {"IN (" + list + ")"};
}
template <ItemState... States>
StateList NotIn(States... states) {
  return {"NOT " + In(states...).text};
}

}  // namespace gateway::ledger
