// A non-DICOM file of a set, on its way out or in.
#pragma once

#include <cstdint>
#include <string>

namespace gateway::ledger {

struct NewDocument {
  std::string content_type;  // "application/pdf", lower case
  std::string name;          // may name a patient: kept until the document is done, never logged
  // X-TELEMEDICINE-STUDYID, or the study's UID; may be empty or wrong. On its way in, one that is signed: it links.
  std::string study_id;
  std::string spool_key;
  std::uint64_t size = 0;             // bytes
  std::string sha256;                 // of the whole file
  std::string claimed_study_id = {};  // in: one that nobody signed
  std::string set_id = {};            // in: of its own message; empty: that of its mail
  bool set_is_signed = true;          // in: the set links
  bool by_mail = true;                // in: an instance of the same mail links
};

}  // namespace gateway::ledger
