// What says which study a received document belongs to.
#pragma once

#include <cstdint>
#include <string>

namespace gateway::ledger {

enum class DocumentLink {
  person,          // named it at `quarantine release --join-study-of`
  mail,            // an image of the study came in the same mail
  words,           // the set or the X-TELEMEDICINE-STUDYID that its sender signed
  unsigned_words,  // no more than words that nobody signed
};

struct StudyOfDocument {
  DocumentLink link{};
  std::int64_t instance = 0;  // one of the study
  std::string study_instance_uid;
  std::int64_t instance_mail = 0;  // that brought the instance
  std::int64_t mail = 0;           // that brought the document
  bool mail_is_signed = false;     // of the document's mail
};

}  // namespace gateway::ledger
