// Errors of the configuration that are not a mistake in one of its lines.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kBadPath{"bad-path", "A file or a directory that the configuration names cannot be used."};
inline constexpr ErrorCode kBadTable{"bad-table", "A CSV table that the configuration names cannot be read."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfConfig{kBadPath, kBadTable};

}  // namespace gateway::codes
