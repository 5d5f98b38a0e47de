// A non-DICOM file of a set that is on its way out or in.
#pragma once

#include <cstdint>
#include <string>

namespace gateway::ledger {

struct NewDocument {
  std::string content_type;  // "application/pdf", lower case
  std::string name;          // may name a patient: kept until the document is done, never logged
  // The X-TELEMEDICINE-STUDYID, or the study's UID. It may be empty or wrong. For an inbound
  // document it is one that its sender signed, so that it links the document to the study.
  std::string study_id;
  std::string spool_key;
  std::uint64_t size = 0;             // bytes
  std::string sha256;                 // of the whole file
  std::string claimed_study_id = {};  // inbound: the study that nobody signed
  // Inbound: the set of its own message; if empty, the set of its mail.
  std::string set_id = {};
  bool set_is_signed = true;  // inbound: the set links the document to a study
  // Inbound: an instance of the same mail links the document to a study.
  bool by_mail = true;
};

}  // namespace gateway::ledger
