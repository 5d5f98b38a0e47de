// Undoes the encryption and judges it: recipients, integrity, signatures (docs/openpgp.md).
#pragma once

#include <string>

#include "gateway/result.h"
#include "inspect/findings.h"
#include "inspect/keys.h"

namespace gateway::inspect {

// Opens the mail in `fd` into `plain`, an empty file. false: it could not be opened, the findings say why.
// `from`: the sender's address.
Result<bool> OpenMail(int fd, int plain, const std::string& from, Keys& keys, Findings& findings);

}  // namespace gateway::inspect
