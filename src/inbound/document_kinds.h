// Decides which documents may be put into a directory from which people open files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"

namespace gateway::inbound {

// `name` is the result of SafeFileName(). `kinds` are the allowed endings, in lower case and
// without dots; if it is empty, the usual endings of findings and letters are allowed. The content
// must be what the ending says, for the endings that are known here. A program is never allowed,
// whatever its name is, and a page only under an ending for pages. Error: corrupt "document-kind".
Result<void> CheckDocumentKind(const std::string& name, const std::vector<std::string>& kinds,
                               const std::filesystem::path& file);

}  // namespace gateway::inbound
