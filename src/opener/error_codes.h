// The errors of the sandboxed process that reads mails.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kNoWorkFile{"no-work-file", "The sandboxed process got no file into which it could write."};
inline constexpr ErrorCode kOpenCpuTime{"open-cpu-time",
                                        "The item took more computing time than the sandboxed process may use."};
inline constexpr ErrorCode kOpenSlow{
    "open-slow", "The item takes more computing time than others of its size, so others are read first."};
inline constexpr ErrorCode kOpenTimeout{"open-timeout", "The sandboxed process stalled while it read this item."};
inline constexpr ErrorCode kOpenWorkerKilled{"open-worker-killed",
                                             "Somebody outside the gateway killed the sandboxed process."};
inline constexpr ErrorCode kOpenWorkerStart{"open-worker-start", "The sandboxed process could not be started."};
inline constexpr ErrorCode kPacketTooLarge{"packet-too-large",
                                           "A message between the gateway and the sandboxed process is too large."};
inline constexpr ErrorCode kWorkerLost{"worker-lost",
                                       "The sandboxed process ended, or answered in a way that makes no sense."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfOpener{kNoWorkFile,       kOpenCpuTime,     kOpenSlow,       kOpenTimeout,
                                      kOpenWorkerKilled, kOpenWorkerStart, kPacketTooLarge, kWorkerLost};

}  // namespace gateway::codes
