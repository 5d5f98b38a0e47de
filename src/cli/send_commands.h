// `send`, `resend`: a person sends something by hand. Both work without a running daemon, and
// beside one, which goes on with it within a second.
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
// Queues the files, DICOM or not, as one set, with one message for each file in this order. It
// queues all of them or none. When it returns 0, every file is on disk and in the ledger, and the
// shipment's id is on standard output.
int Send(const std::filesystem::path& config, const SendOptions& options);

// Sends a shipment or one message again. `missing_only` is as in ledger::Shipments::Resend().
int Resend(const std::filesystem::path& config, const std::string& id, bool missing_only);

}  // namespace gateway::cli
