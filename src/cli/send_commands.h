// `send`, `resend`: what a person mails by hand. Both work beside a running daemon, which goes on with it within a
// second, and without one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::cli {

struct SendOptions {
  std::string partner;
  std::string priority = "normal";  // emergency, normal, bulk
  std::vector<std::filesystem::path> files;
};
// The files, DICOM or not, as one set, a message a file in this order. All or none: when it returns 0 every file is on
// disk and in the ledger, and the id of the shipment on standard output.
int Send(const std::filesystem::path& config, const SendOptions& options);

// A shipment or one message again. `missing_only`: of it, what has no receipt (or is not sent, where none is asked
// for).
int Resend(const std::filesystem::path& config, const std::string& id, bool missing_only);

}  // namespace gateway::cli
