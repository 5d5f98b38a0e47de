// Finds what operators look up: `status`, `list`, `show`. It works beside a running daemon and
// without one. Nothing here holds patient data. Only Show() gives DICOM UIDs, to a person who asks
// for one item.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/item_details.h"
#include "ledger/item_summary.h"
#include "ledger/status.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

class OperatorLedger {
 public:
  explicit OperatorLedger(Database& database) : database_(database) {}

  Result<Status> GetStatus();
  // Returns first the items that need a person, and then the rest. Both parts are sorted, the
  // newest first.
  Result<std::vector<ItemSummary>> List(const ListFilter& filter);
  // Returns one item with everything that belongs to it. nullopt means that there is no such item.
  Result<std::optional<ItemDetails>> Show(ItemId id);
  // Returns the shipments and received sets of a study, the newest first.
  Result<std::vector<ItemId>> ItemsOfStudy(const std::string& study_instance_uid);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
