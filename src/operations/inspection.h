// Takes mails apart for `inspect`, the mail doctor. It needs no configuration and no ledger.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "inspect/findings.h"

namespace gateway::operations {

struct InspectionRequest {
  std::vector<std::filesystem::path> mails;  // one mail, or the fragments of one
  // Our secret keys; without them it does not look inside.
  std::vector<std::filesystem::path> keys;
  std::filesystem::path passphrase_file;  // for all of these keys
  std::vector<std::filesystem::path> partner_keys;
  std::string character_set = "ISO_IR 100";  // as dicom.default_character_set
};

// Returns whether the gateway can read text in this character set.
bool IsCharacterSet(const std::string& character_set);

// The mails are hostile, so this call closes a sandbox around the whole process, which can do
// little else afterwards. Other interfaces must call it in a process of its own. `on_too_long` is a
// signal handler that ends the process: the system calls it when the mails cost too much computing.
// Errors: corrupt "not-a-mail", and those of the files and keys.
Result<inspect::Findings> InspectMails(const InspectionRequest& request, void (*on_too_long)(int signal));

}  // namespace gateway::operations
