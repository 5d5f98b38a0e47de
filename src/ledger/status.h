// The numbers and facts that `status` tells.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "gateway/time.h"
#include "ledger/destination_name.h"
#include "ledger/states.h"

namespace gateway::ledger {

struct Status {
  // Every kind is there, and every state of it, even if its count is 0.
  std::map<CountedKind, std::map<KindState, std::int64_t>> counts;
  std::optional<Time> oldest_unsent;       // message that waits or is sealed
  std::optional<Time> oldest_undelivered;  // delivery that waits
  // Message that is sent or overdue and asked for a receipt.
  std::optional<Time> oldest_unreceipted;
  std::int64_t held_shipments = 0;  // shipments that a person holds as a whole
  std::vector<DestinationName> held_destinations;
  std::vector<Away> away;        // destinations that fail at present
  std::int64_t quarantined = 0;  // mails, instances and documents that wait for a person
};

}  // namespace gateway::ledger
