// The words with which rows hold enums that are no states (states.h). They stand in the rows of
// every ledger, so a word that changes needs a migration. What operators read is worded in cli.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "gateway/priority.h"
#include "gateway/settings/profile.h"
#include "ledger/direction.h"
#include "ledger/receipt_request.h"

namespace gateway::ledger {

// The words of an enum, in its order.
template <typename Enum>
struct WordTable;
template <>
struct WordTable<Bundling> {
  static constexpr std::array<std::string_view, 2> kWords{"study", "instance"};
};
template <>
struct WordTable<Direction> {
  static constexpr std::array<std::string_view, 2> kWords{"out", "in"};
};
// An empty word says that no receipt is asked for.
template <>
struct WordTable<ReceiptMode> {
  static constexpr std::array<std::string_view, 3> kWords{"", "mdn", "pgp"};
};
template <>
struct WordTable<ReceiptKind> {
  static constexpr std::array<std::string_view, 2> kWords{"mdn", "pgp"};
};
// RFC 8098 writes them in this way, so they are also what the receipt says.
template <>
struct WordTable<Disposition> {
  static constexpr std::array<std::string_view, 4> kWords{"displayed", "displayed/warning", "deleted/error", "deleted"};
};

template <typename T>
concept RowWord = requires {
  WordTable<T>::kWords;
};

template <RowWord Enum>
constexpr std::string_view WordOf(Enum value) {
  return WordTable<Enum>::kWords.at(static_cast<std::size_t>(value));
}

// Returns nullopt if the enum has no such word.
template <RowWord Enum>
constexpr std::optional<Enum> FromWord(std::string_view word) {
  const auto& words = WordTable<Enum>::kWords;
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

}  // namespace gateway::ledger
