// The mail doctor takes a mail apart and says where it departs from the recommendation, the RFCs
// and our own rules. The input is hostile. Nothing here opens a file by name, so that it works in a
// sandboxed process.
#pragma once

#include <string_view>
#include <vector>

#include "dicom/character_set.h"
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

// `mails` are one mail, or the fragments of one in any order. Text of instances without a usable
// character set is read in `default_set`. Error: corrupt "not-a-mail".
Result<Findings> Inspect(const std::vector<int>& mails, const WorkFiles& files, Keys& keys,
                         std::string_view default_set = dicom::kUsualCharacterSet);

}  // namespace gateway::inspect
