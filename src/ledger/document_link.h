// Names the fact that says which study a received document belongs to.
#pragma once

#include <cstdint>
#include <string>

namespace gateway::ledger {

enum class DocumentLink {
  person,          // a person named the study at `quarantine release --join-study-of`
  mail,            // an image of the study came in the same mail
  words,           // the set or the X-TELEMEDICINE-STUDYID that its sender signed
  unsigned_words,  // only words that nobody signed name the study
};

struct StudyOfDocument {
  DocumentLink link{};
  std::int64_t instance = 0;  // one of the study
  std::string study_instance_uid;
  std::int64_t instance_mail = 0;  // the mail that brought the instance
  std::int64_t mail = 0;           // the mail that brought the document
  bool mail_is_signed = false;     // whether the document's mail is signed
};

}  // namespace gateway::ledger
