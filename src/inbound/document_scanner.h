// Asks a program of the administrator whether a document is clean.
#pragma once

#include <filesystem>

#include "gateway/result.h"

namespace gateway::inbound {

// Runs the program `scanner` on the file, with the file's path as its only argument, without input,
// and for at most two minutes. Everything that the scanner starts ends with it, and all of that
// ends with the gateway, however the gateway ends. Exit code 0 means clean. Errors: corrupt
// "document-infected" for exit code 1, transient "scanner-failed" for anything else, and transient
// "scanner-interrupted" if this worker is to stop.
Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file);

}  // namespace gateway::inbound
