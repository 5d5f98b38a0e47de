// Sends a shipment or a message again, and stores received instances once more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/destination_name.h"
#include "ledger/redelivered.h"
#include "operations/operator_context.h"

namespace gateway::operations {

struct Resent {
  std::size_t messages = 0;  // the number of messages that wait again
  // Destinations of the item that the configuration does not have.
  std::vector<ledger::DestinationName> not_configured;
};

// `missing_only` is as in ledger::Shipments::Resend(), which may refuse. Without it, the call also
// refuses an item of which all messages still wait, or are held. The call removes the message files
// of the first sealing.
ledger::Decided<Resent> Resend(const OperatorContext& context, ItemId item, bool missing_only, Time now);

struct RedeliveryRequest {
  std::variant<ItemId, std::string> what;  // an instance, a mail or a set; or a Study Instance UID
  std::optional<std::string> pacs;         // nullopt: every PACS that had it
};

// It works as long as the files are kept. The ledger may refuse it. The call also refuses a mail or
// set without instances, and an instance that was not received by mail. Failures besides those of
// the ledger: permanent "no-such-destination" (of `pacs`).
ledger::Decided<ledger::Redelivered> Redeliver(const OperatorContext& context, const RedeliveryRequest& request,
                                               Time now);

}  // namespace gateway::operations
