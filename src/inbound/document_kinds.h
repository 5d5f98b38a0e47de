// Which documents may lie in a directory from which people open files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"

namespace gateway::inbound {

// `name`: as of SafeFileName(). `kinds`: the endings that are allowed, lower case, without dots; empty: those that
// reports and letters usually have. A program is none of them, whatever its name says; a page only as what it is.
// corrupt "document-kind".
Result<void> JudgeDocumentKind(const std::string& name, const std::vector<std::string>& kinds,
                               const std::filesystem::path& file);

}  // namespace gateway::inbound
