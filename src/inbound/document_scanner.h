// Asks a program of the administrator whether a document is clean.
#pragma once

#include <filesystem>

#include "gateway/result.h"
#include "gateway/time.h"

namespace gateway::inbound {

// A document gets the first of these times. If that is too short, it gets the second one, beside
// the documents of other partners.
constexpr Milliseconds kFirstScan{15'000};
constexpr Milliseconds kLongestScan{120'000};

// Runs the program `scanner` on the file, with the file's path as its only argument, without input,
// and for at most `limit`. Everything that the scanner starts ends with it, and all of that
// ends with the gateway, however the gateway ends. Exit code 0 means clean. Errors: corrupt
// "document-infected" for exit code 1, transient "scanner-slow" if the time is over, transient
// "scanner-failed" for anything else, also if others may have changed the program, and transient
// "scanner-interrupted" if this worker is to stop.
Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file,
                          Milliseconds limit = kLongestScan);

}  // namespace gateway::inbound
