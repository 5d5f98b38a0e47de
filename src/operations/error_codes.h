// The errors of what operators ask for.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kFileExists{"file-exists", "The file exists already and is not overwritten."};
inline constexpr ErrorCode kNoSuchDestination{"no-such-destination",
                                              "The configuration has no partner, PACS or mailbox of this name."};
inline constexpr ErrorCode kNotKept{"not-kept",
                                    "Only a document that is kept can be marked as done. Release or drop this item."};
inline constexpr ErrorCode kPassphraseEmpty{"passphrase-empty", "The file with the passphrase is empty."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfOperations{kFileExists, kNoSuchDestination, kNotKept, kPassphraseEmpty};

}  // namespace gateway::codes
