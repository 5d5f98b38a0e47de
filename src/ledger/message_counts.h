// Counts the messages of a shipment in each state, as the shipment's row does.
#pragma once

#include <cstdint>

namespace gateway::ledger {

struct MessageCounts {
  std::int64_t total = 0;
  std::int64_t sent = 0;  // those that a mail server took, whatever came after
  std::int64_t delivered = 0;
  std::int64_t warned = 0;
  std::int64_t overdue = 0;
  std::int64_t refused = 0;
  std::int64_t bounced = 0;
  std::int64_t failed = 0;
  std::int64_t cancelled = 0;
};

}  // namespace gateway::ledger
