// Examines what is around the encryption: the MIME structure of a mail, compared with RFC 3156
// section 4.
#pragma once

#include <string>

#include "gateway/result.h"
#include "inspect/findings.h"

namespace gateway::inspect {

enum class Content {
  encrypted,
  report,
  plain,
  unreadable,  // the findings say why
};

struct Outside {
  Content content = Content::plain;
  bool is_smime = false;
  std::string text;  // the headers of all entities, which anybody can read
};

// `fd` is a whole mail.
Result<Outside> InspectEnvelope(int fd, Findings& findings);

}  // namespace gateway::inspect
