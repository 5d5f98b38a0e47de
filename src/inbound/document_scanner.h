// Asks a program of the administrator's about a document.
#pragma once

#include <filesystem>

#include "gateway/result.h"

namespace gateway::inbound {

// Has `scanner`, a program, look at the file: it is run with the file's path as its only argument, without input, and
// for two minutes at most. What it starts ends with it, and all of that ends with us, however we end. Exit code 0:
// clean; 1: corrupt "document-infected"; anything else: transient "scanner-failed". transient "scanner-interrupted":
// this worker is to stop.
Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file);

}  // namespace gateway::inbound
