// `dicom-mail-gateway check`: loads everything that `run` loads, and tells every mistake with its
// file and line.
#pragma once

#include <filesystem>

namespace gateway::cli {

// Writes mistakes to standard error, and the summary of a good configuration to standard output.
// Returns 0 or 78.
int Check(const std::filesystem::path& config);

}  // namespace gateway::cli
