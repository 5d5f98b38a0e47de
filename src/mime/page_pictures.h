// Finds the pictures that a page shows: it names each of them as "cid:" with its Content-ID (RFC
// 2392). Private to this folder.
#pragma once

#include <set>
#include <string>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::mime {

// Adds the Content-IDs that the page names, without angle brackets. Errors: those of the source.
Result<void> AddShownPictures(Source& html, std::set<std::string>& ids);

}  // namespace gateway::mime
