// `inspect`: the mail doctor, for the administrators of both sides. Needs no configuration and no ledger.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::cli {

struct InspectOptions {
  std::vector<std::filesystem::path> mails;  // one mail, or the fragments of one
  std::vector<std::filesystem::path> keys;   // our secret ones; none: it is not looked inside
  std::filesystem::path passphrase_file;     // of all of them
  std::vector<std::filesystem::path> partner_keys;
  std::string character_set = "ISO_IR 100";  // as dicom.default_character_set
};

// Exit code 0: clean but for notes; 1: it departs from something; 2: no mail, or a file that cannot be read.
int Inspect(const InspectOptions& options, bool json);

}  // namespace gateway::cli
