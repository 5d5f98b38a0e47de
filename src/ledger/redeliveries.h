// A person has received instances stored once more, because a PACS has lost them, or another PACS
// is to have them too. The call works without a running daemon, and beside one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "gateway/item_id.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "ledger/redelivered.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Received instances that are to be stored once more.
struct Redelivery {
  std::optional<ItemId> item;      // an instance, a mail or a set; without it, the study counts
  std::string study_instance_uid;  // of the study
  // nullopt: every PACS of `known` that had the instance, or was to have it.
  std::optional<std::string> pacs;
  KnownDestinations known;
};

class Redeliveries {
 public:
  explicit Redeliveries(Database& database) : database_(database) {}

  // Works as long as the files are kept.
  Decided<Redelivered> Redeliver(const Redelivery& redelivery, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
