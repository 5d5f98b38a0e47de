// Section `gateway`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "gateway/settings/log.h"

namespace gateway {

// A part of the file system, or an absolute size.
struct FreeSpace {
  double percent = 5;       // of the file system; used when bytes is 0
  std::uint64_t bytes = 0;  // absolute; wins over percent
};

struct GatewaySettings {
  std::string name = "gateway";  // in logs, Message-IDs, receipts; [A-Za-z0-9.-]
  std::filesystem::path state_dir;
  FreeSpace min_free_space;
  // Fetching pauses below this already, so that mail from outside cannot stop C-STORE. Unset: twice min_free_space.
  std::optional<FreeSpace> fetch_free_space;
  LogSettings log;
};

}  // namespace gateway
