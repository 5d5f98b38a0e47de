// Errors of files, secrets and patterns, which every folder may report.
#pragma once

#include <array>

#include "gateway/error_code.h"

namespace gateway::codes {

inline constexpr ErrorCode kBadPattern{
    "bad-pattern", "A pattern in the configuration is empty, too long, or not a valid regular expression."};
inline constexpr ErrorCode kDiskError{"disk-error",
                                      "The disk reported an error when the gateway read or wrote a file."};
inline constexpr ErrorCode kDiskFull{"disk-full", "The disk is full."};
inline constexpr ErrorCode kFileError{"file-error", "A file or a directory cannot be opened, read or written."};
inline constexpr ErrorCode kFileTooLarge{"file-too-large",
                                         "A file is larger than the gateway accepts for this purpose."};
inline constexpr ErrorCode kOutOfResources{"out-of-resources",
                                           "This machine has no memory, threads or open files left for the gateway."};
inline constexpr ErrorCode kSecretOfAnotherUser{"secret-of-another-user",
                                                "A file that holds a secret belongs to another user of this machine."};
inline constexpr ErrorCode kSecretReadableByOthers{
    "secret-readable-by-others", "Other users of this machine may read or write a file that holds a secret."};
inline constexpr ErrorCode kTlsCaUnusable{"tls-ca-unusable",
                                          "The file with the CA certificates cannot be read, or holds no certificate."};
inline constexpr ErrorCode kWritableByOthers{
    "writable-by-others", "Other users of this machine may change a file that the gateway must trust."};

// Every code of this folder, for SentenceOf() (src/operations/error_sentences.h).
inline constexpr std::array kOfBase{kBadPattern,
                                    kDiskError,
                                    kDiskFull,
                                    kFileError,
                                    kFileTooLarge,
                                    kOutOfResources,
                                    kSecretOfAnotherUser,
                                    kSecretReadableByOthers,
                                    kTlsCaUnusable,
                                    kWritableByOthers};

}  // namespace gateway::codes
