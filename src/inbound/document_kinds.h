// Which documents may lie in a directory from which people open files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"

namespace gateway::inbound {

// `name`: as of SafeFileName(). `kinds`: the endings that are allowed, lower case, without dots; empty: those that
// reports and letters usually have. A program is none of them, whatever its name says. corrupt "document-kind".
Result<void> JudgeDocumentKind(const std::string& name, const std::vector<std::string>& kinds,
                               const std::filesystem::path& file);

// Has `scanner`, a program, look at the file: it is run with the file's path as its only argument, without input, and
// for two minutes at most. Exit code 0: clean; 1: corrupt "document-infected"; anything else: transient
// "scanner-failed".
Result<void> ScanDocument(const std::filesystem::path& scanner, const std::filesystem::path& file);

}  // namespace gateway::inbound
