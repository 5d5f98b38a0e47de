// The mail doctor takes a mail apart and says where it departs from the recommendation, the RFCs
// and our own rules. The input is hostile. Nothing here opens a file by name, so that it works in a
// sandboxed process.
#pragma once

#include <vector>

#include "gateway/result.h"
#include "inspect/findings.h"
#include "inspect/keys.h"

namespace gateway::inspect {

// These are descriptors of empty files to write.
struct WorkFiles {
  int joined = -1;   // for the mail that fragments make
  int plain = -1;    // for the decrypted content
  int scratch = -1;  // for one part at a time
};

// `mails` are one mail, or the fragments of one in any order. Error: corrupt "not-a-mail".
Result<Findings> Inspect(const std::vector<int>& mails, const WorkFiles& files, Keys& keys);

}  // namespace gateway::inspect
