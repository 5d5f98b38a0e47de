// Says in words what `verify` found. All its sentences stand here.
#pragma once

#include <string>

#include "operations/verifier.h"

namespace gateway::cli {

std::string DetailOf(const operations::Disagreement& found);

}  // namespace gateway::cli
