// The words for what `check` notes beside mistakes.
#pragma once

#include <string>

#include "operations/check.h"

namespace gateway::cli {

// Returns one line, such as "note: partner b: its key has 1024 bits".
std::string TextOf(const operations::CheckNote& note);

}  // namespace gateway::cli
