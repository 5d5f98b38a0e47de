// The words of enums that are no states (states.h). What operators read is worded in cli.
#pragma once

#include <array>
#include <string_view>

#include "gateway/priority.h"
#include "gateway/settings/profile.h"
#include "gateway/settings/services.h"
#include "ledger/destination_name.h"
#include "ledger/direction.h"
#include "ledger/receipt_request.h"
#include "ledger/word_table.h"

namespace gateway::ledger {

template <>
struct WordTable<Bundling> {
  static constexpr std::array<std::string_view, 3> kWords{"study", "instance", "series"};
};
template <>
struct WordTable<Direction> {
  static constexpr std::array<std::string_view, 2> kWords{"out", "in"};
};
template <>
struct WordTable<ResultMatch> {
  static constexpr std::array<std::string_view, 3> kWords{"study", "set", "reference"};
};
template <>
struct WordTable<DestinationKind> {
  static constexpr std::array<std::string_view, 3> kWords{"partner", "pacs", "mailbox"};
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

static_assert(HasAllWords(Bundling::series) && HasAllWords(Direction::inbound) &&
              HasAllWords(DestinationKind::mailbox) && HasAllWords(ReceiptMode::pgp) && HasAllWords(ReceiptKind::pgp) &&
              HasAllWords(Disposition::deleted) && HasAllWords(ResultMatch::reference));

}  // namespace gateway::ledger
