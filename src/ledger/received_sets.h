// The sets of which partners sent us parts, and how much of each set is here. Any thread may call
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A part of a set that a mail brought, beside the one that MailFacts names.
struct SetPart {
  TelemedicineSet set;
  bool is_signed = true;  // it links: instances and documents that name it belong to one study
  std::string study;      // the study of an instance that came with it; may be empty
};

struct SetProgress {
  std::int64_t set = 0;
  std::size_t parts = 0;  // the number of parts that are here
  std::size_t total = 0;
  bool completed = false;  // this mail completed it
};

struct IncompleteSet {
  std::int64_t set = 0;
  std::string partner;
  std::size_t parts = 0;
  std::size_t total = 0;
};

class ReceivedSets {
 public:
  explicit ReceivedSets(Database& database) : database_(database) {}

  // Finds sets with gaps to which nothing came since `quiet_since`. They are overdue from now on.
  Result<std::vector<IncompleteSet>> RecordOverdue(Time quiet_since, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
