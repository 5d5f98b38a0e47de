// Writes the mail doctor's findings for people and for programs.
#pragma once

#include <string>

#include "inspect/findings.h"

namespace gateway::cli {

std::string FindingsAsText(const inspect::Findings& findings);
std::string FindingsAsJson(const inspect::Findings& findings);

}  // namespace gateway::cli
