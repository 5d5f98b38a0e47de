// Decrypts a mail and checks the encryption: recipients, integrity, signatures (docs/openpgp.md).
#pragma once

#include <string>

#include "gateway/result.h"
#include "inspect/findings.h"
#include "inspect/keys.h"

namespace gateway::inspect {

// Opens the mail in `fd` into `plain`, an empty file. Returns false if it could not be opened; the
// findings then say why. `from` is the sender's address.
Result<bool> OpenMail(int fd, int plain, const std::string& from, Keys& keys, Findings& findings);

}  // namespace gateway::inspect
