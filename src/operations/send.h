// Sends files that a person names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/priority.h"
#include "gateway/result.h"
#include "operations/operator_context.h"

namespace gateway::operations {

struct SendRequest {
  std::string partner;
  Priority priority = Priority::normal;
  std::vector<std::filesystem::path> files;
};

// Queues the files, DICOM or not, as one set, with one message for each file in this order. It
// queues all of them or none. Returns the id of the shipment when every file is on disk and in the
// ledger. Errors: permanent "no-such-destination", and those of outbound::FileIntake.
Result<std::int64_t> Send(const OperatorContext& context, const SendRequest& request, const Clock& clock);

}  // namespace gateway::operations
