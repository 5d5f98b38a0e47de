// Errors of files and messages on their way out.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kFileEmpty{"file-empty", "The file is empty."};
inline constexpr ErrorCode kFileNotReadable{"file-not-readable",
                                            "The file does not exist, is no regular file, or may not be read."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfOutbound{kFileEmpty, kFileNotReadable};

}  // namespace gateway::codes
