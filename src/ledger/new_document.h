// A non-DICOM file of a set, on its way out or in.
#pragma once

#include <cstdint>
#include <string>

namespace gateway::ledger {

struct NewDocument {
  std::string content_type;  // "application/pdf", lower case
  std::string name;          // may name a patient: kept until the document is done, never logged
  std::string study_id;      // X-TELEMEDICINE-STUDYID, or the study's UID; may be empty or wrong
  std::string spool_key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;      // of the whole file
};

}  // namespace gateway::ledger
