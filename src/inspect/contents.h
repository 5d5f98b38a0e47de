// Examines what was encrypted: the inner entity, its parts, and the DICOM in them.
#pragma once

#include <optional>
#include <string>

#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "inspect/findings.h"

namespace gateway::inspect {

struct Contents {
  bool asks_for_receipt = false;
};

// Facts of the clear header, with which the inner entity is compared.
struct OutsideFacts {
  std::optional<TelemedicineSet> set;
  std::string text;
};

// Reports on the decrypted entity in `plain`. `scratch` is a file that holds one part at a time.
// Errors: only those of files, because departures become findings.
Result<Contents> InspectContents(int plain, int scratch, const OutsideFacts& outside, Findings& findings);

}  // namespace gateway::inspect
