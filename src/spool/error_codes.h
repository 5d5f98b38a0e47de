// Errors of the state directory.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kDiskLow{"disk-low", "Less than min_free_space is free, so the gateway takes nothing more."};
inline constexpr ErrorCode kFetchSpaceLow{"fetch-space-low",
                                          "Less than fetch_free_space is free, so the gateway fetches no mail."};
inline constexpr ErrorCode kStateDirBusy{"state-dir-busy",
                                         "Another process has kept the state directory locked for too long."};
inline constexpr ErrorCode kStateDirInUse{"state-dir-in-use", "Another daemon uses this state directory."};
inline constexpr ErrorCode kStateDirOnNetwork{
    "state-dir-on-network", "The state directory is on a network file system, where the ledger would not be safe."};
inline constexpr ErrorCode kStateDirOpen{"state-dir-open",
                                         "Other users of this machine may enter or change the state directory."};
inline constexpr ErrorCode kStateDirUnusable{"state-dir-unusable",
                                             "The state directory cannot be created, opened or locked."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfSpool{kDiskLow,           kFetchSpaceLow, kStateDirBusy,    kStateDirInUse,
                                     kStateDirOnNetwork, kStateDirOpen,  kStateDirUnusable};

}  // namespace gateway::codes
