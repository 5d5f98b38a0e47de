// Looks up for operators the state of the gateway, lists of items, and single items. It holds no
// patient data, except the DICOM UIDs of an item that a person asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/destination_name.h"
#include "ledger/item_details.h"
#include "ledger/item_summary.h"
#include "ledger/status.h"
#include "operations/operator_context.h"

namespace gateway::operations {

Result<ledger::Status> GetStatus(const OperatorContext& context);

// Returns first the items that need a person, and then the rest. Both parts are sorted, the newest
// first. The function fills ListFilter::known.
Result<std::vector<ledger::ItemSummary>> List(const OperatorContext& context, ledger::ListFilter filter);

struct Shown {
  ledger::ItemDetails details;
  // Destinations that the item waits for, and that the configuration does not have.
  std::vector<ledger::DestinationName> not_configured;
};
// Returns one item with everything that belongs to it. nullopt means that there is no such item.
Result<std::optional<Shown>> Show(const OperatorContext& context, ItemId item);
// Returns the shipments and received sets of a study, the newest first.
Result<std::vector<ledger::ItemDetails>> ShowStudy(const OperatorContext& context,
                                                   const std::string& study_instance_uid);

}  // namespace gateway::operations
