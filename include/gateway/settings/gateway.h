// Section `gateway`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "gateway/settings/log.h"

namespace gateway {

// A share of the file system, or an absolute size.
struct FreeSpace {
  double percent = 5;       // of the file system; counts only if bytes is 0
  std::uint64_t bytes = 0;  // absolute; takes precedence over percent
};

struct FreeSpaceSettings {
  FreeSpace min_free_space;
  // Fetching pauses if less space than this is free, so that mail from outside cannot stop C-STORE.
  // If it is not set, twice min_free_space counts.
  std::optional<FreeSpace> fetch_free_space;
};

struct GatewaySettings : FreeSpaceSettings {
  std::string name = "gateway";  // appears in logs, Message-IDs and receipts; [A-Za-z0-9.-]
  std::filesystem::path state_dir;
  LogSettings log;
};

}  // namespace gateway
