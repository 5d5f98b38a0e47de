// The errors of the commands.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kFileExists{"file-exists", "The file exists already and is not overwritten."};
inline constexpr ErrorCode kPassphraseEmpty{"passphrase-empty", "The file with the passphrase is empty."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfCli{kFileExists, kPassphraseEmpty};

}  // namespace gateway::codes
