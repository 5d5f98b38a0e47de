// Examines what was encrypted: the inner entity, its parts, and the DICOM in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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
// Text of instances without a usable character set is read in `default_set`.
// Errors: only those of files, because departures become findings.
Result<Contents> InspectContents(int plain, int scratch, const OutsideFacts& outside, std::string_view default_set,
                                 Findings& findings);

}  // namespace gateway::inspect
