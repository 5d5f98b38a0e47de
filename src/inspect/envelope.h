// What stands around the encryption: the MIME structure of a mail, held against RFC 3156 section 4.
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
  std::string text;  // the headers of all its entities: what anybody reads
};

// `fd`: a whole mail.
Result<Outside> InspectEnvelope(int fd, Findings& findings);

}  // namespace gateway::inspect
