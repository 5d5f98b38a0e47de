// The wording of `list`: what a line tells about an item.
#pragma once

#include <string>
#include <string_view>

#include "ledger/item_summary.h"

namespace gateway::cli {

// One line, with a string for each column.
struct ListLine {
  std::string id;
  std::string state;
  std::string partner;  // the partner, or the sender of a stranger's mail
  std::string since;
  std::string about;   // "12 instances, 3 of 12 messages sent"
  std::string reason;  // "code: detail", or why its destination keeps it waiting, or empty
};

ListLine LineOf(const ledger::ItemSummary& item);

}  // namespace gateway::cli
