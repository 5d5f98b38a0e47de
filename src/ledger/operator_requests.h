// Tells the daemon of the acts of persons in other processes: which destinations it is to try at
// once, and which acts it has to write to the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/destination_name.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Counts how often, since the ledger was made, a person had this destination tried again.
struct Woken {
  DestinationName destination;  // a PACS, or a mailbox for its SMTP server; an empty name means all
  std::int64_t times = 0;
};

// An act of a person that is not in the log yet.
struct UnloggedAct {
  std::int64_t id = 0;
  Time at;
  std::string what;  // "retry", "quarantine-drop", ...
  std::string item;  // "S12", "partner b", "pacs main", "all"
  // Names who did it, such as "anna as root". It is empty if an older version recorded the act.
  std::string actor;
  std::string partner;      // for "send": the partner
  std::uint64_t files = 0;  // for "send": the number of files
};

class OperatorRequests {
 public:
  explicit OperatorRequests(Database& database) : database_(database) {}

  Result<std::vector<Woken>> WokenDestinations();

  // Returns the acts that the transactions of persons' commands have recorded, the oldest first.
  Result<std::vector<UnloggedAct>> Unlogged(std::size_t limit);
  // Forgets these acts, because they are in the log. An act with a lower id may come later, if its
  // transaction took longer.
  Result<void> ForgetActs(const std::vector<std::int64_t>& ids);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
