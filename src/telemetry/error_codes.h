// Errors of the log.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kLogUnusable{"log-unusable", "The log file cannot be opened or written."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfTelemetry{kLogUnusable};

}  // namespace gateway::codes
