// These are the names of items in the ledger, as operators see and type them. A name is a letter
// for the kind and a number.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class ItemKind : char {
  instance = 'I',
  shipment = 'S',
  message = 'M',
  mail = 'R',      // a received mail
  delivery = 'D',  // one received instance on its way to one PACS
  receipt = 'A',   // our answer to a received mail
  set = 'T',       // a received set, as far as its mails have come
  document = 'N',  // a non-DICOM file
};

struct ItemId {
  ItemKind kind = ItemKind::instance;
  std::int64_t number = 0;
  friend bool operator==(const ItemId&, const ItemId&) = default;
};

inline std::string Format(ItemKind kind, std::int64_t number) {
  return std::string(1, static_cast<char>(kind)) + std::to_string(number);
}
inline std::string Format(ItemId id) {
  return Format(id.kind, id.number);
}

// Reads "s12" or "S12". Returns nullopt for anything else.
inline std::optional<ItemId> ParseItemId(std::string_view text) {
  if (text.size() < 2 || text.size() > 19) return std::nullopt;
  const char letter = text[0] >= 'a' && text[0] <= 'z' ? static_cast<char>(text[0] - 'a' + 'A') : text[0];
  if (std::string_view("ISMRDATN").find(letter) == std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : text.substr(1)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return ItemId{static_cast<ItemKind>(letter), number};
}

}  // namespace gateway
