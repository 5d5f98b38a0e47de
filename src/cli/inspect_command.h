// `inspect`: the mail doctor, for the administrators of both sides. It needs no configuration and
// no ledger.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::cli {

struct InspectOptions {
  std::vector<std::filesystem::path> mails;  // one mail, or the fragments of one
  // Our secret keys; without them it does not look inside.
  std::vector<std::filesystem::path> keys;
  std::filesystem::path passphrase_file;  // for all of these keys
  std::vector<std::filesystem::path> partner_keys;
  std::string character_set = "ISO_IR 100";  // as dicom.default_character_set
};

// Exit codes: 0 if there are at most notes; 1 if the mail departs from something; 2 if it is no
// mail, or a file cannot be read.
int Inspect(const InspectOptions& options, bool json);

}  // namespace gateway::cli
