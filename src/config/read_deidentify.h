// Reads `deidentify:` of an outbound rule.
#pragma once

#include <memory>

#include "config/section.h"
#include "gateway/settings/deidentify.h"

namespace gateway::config {

// Returns null if the rule has no such key, or if there is a mistake in it. The table of
// pseudonyms, the table of pixels and the list of words and the secret are read here.
std::shared_ptr<const DeidentifySettings> ReadDeidentify(Section& rule);

}  // namespace gateway::config
