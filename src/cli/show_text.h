// The wording of `show`: which facts about an item it tells, under which names and in which order.
#pragma once

#include "cli/record.h"
#include "ledger/item_details.h"

namespace gateway::cli {

Record RecordOf(const ledger::ItemDetails& details);

}  // namespace gateway::cli
