#include "operations/lookups.h"

#include <utility>

#include "ledger/operator_ledger.h"
#include "operations/known_destinations.h"

namespace gateway::operations {

Result<ledger::Status> GetStatus(const OperatorContext& context) {
  return ledger::OperatorLedger(context.database).GetStatus();
}

Result<std::vector<ledger::ItemSummary>> List(const OperatorContext& context, ledger::ListFilter filter) {
  filter.known = DestinationsOf(context.settings);
  return ledger::OperatorLedger(context.database).List(filter);
}

Result<std::optional<Shown>> Show(const OperatorContext& context, ItemId item) {
  GATEWAY_ASSIGN(std::optional<ledger::ItemDetails> details, ledger::OperatorLedger(context.database).Show(item));
  if (!details) return std::optional<Shown>();
  Shown shown{*std::move(details), {}};
  if (WaitsForDestination(shown.details)) {
    // If this cannot be read, it is left out.
    if (auto unknown = UnknownDestinationsOf(context, item)) shown.not_configured = *std::move(unknown);
  }
  return std::optional(std::move(shown));
}

Result<std::vector<ledger::ItemDetails>> ShowStudy(const OperatorContext& context,
                                                   const std::string& study_instance_uid) {
  ledger::OperatorLedger ledger(context.database);
  GATEWAY_ASSIGN(const std::vector<ItemId> items, ledger.ItemsOfStudy(study_instance_uid));
  std::vector<ledger::ItemDetails> all;
  all.reserve(items.size());
  for (const ItemId& item : items) {
    GATEWAY_ASSIGN(std::optional<ledger::ItemDetails> details, ledger.Show(item));
    if (details) all.push_back(*std::move(details));
  }
  return all;
}

}  // namespace gateway::operations
