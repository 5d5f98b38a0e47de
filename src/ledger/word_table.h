// Rows hold enums as words, and each enum has one table of them. The words stand in the rows of
// every ledger, so a word that changes needs a migration.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace gateway::ledger {

// Each specialisation has the words of an enum in `kWords`, in the enum's order.
template <typename Enum>
struct WordTable;

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

// Checks that there are as many words as values. `last` is the last value of its enum.
template <RowWord Enum>
constexpr bool HasAllWords(Enum last) {
  const auto& words = WordTable<Enum>::kWords;
  return static_cast<std::size_t>(last) + 1 == words.size() && !words.back().empty();
}

}  // namespace gateway::ledger
