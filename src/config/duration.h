// Reads durations as they are written in the configuration and on command lines: 500ms, 30s, 5m,
// 48h, 7d.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/time.h"

namespace gateway::config {

// Reads a duration of up to ten years. Returns nullopt if `text` is none.
std::optional<Milliseconds> ParseDuration(std::string_view text);

}  // namespace gateway::config
