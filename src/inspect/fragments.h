// Checks fragments (message/partial, RFC 2046 section 5.2.2) and finds out whether they make a
// mail.
#pragma once

#include <vector>

#include "gateway/result.h"
#include "inspect/findings.h"
#include "mime/header_block.h"

namespace gateway::inspect {

bool IsFragment(const mime::HeaderBlock& header);

struct Fragments {
  std::vector<int> in_order;  // one descriptor of each fragment, number 1 first
  bool complete = false;
};

// Describes each of `fragments` in a section of its own. If several files are given, and one is no
// fragment or belongs to another mail, that is reported and the fragments are not complete.
Result<Fragments> InspectFragments(const std::vector<int>& fragments, Findings& findings);

}  // namespace gateway::inspect
