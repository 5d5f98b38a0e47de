// What was encrypted: the inner entity, its parts, and the DICOM in them.
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

// Of the clear header: what the inner entity is held against.
struct OutsideFacts {
  std::optional<TelemedicineSet> set;
  std::string text;
};

// `plain`: the decrypted entity. `scratch`: a file for one part at a time.
Result<Contents> InspectContents(int plain, int scratch, const OutsideFacts& outside, Findings& findings);

}  // namespace gateway::inspect
