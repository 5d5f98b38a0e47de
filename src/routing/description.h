// Writes tests as a rule has them, for people and to recognise equal ones.
#pragma once

#include <string>

#include "gateway/settings/conditions.h"

namespace gateway::routing {

// Returns "CT, MR", "within 7d", "at_least 5 and at_most 10", "not ~topogram".
std::string Describe(const Test& test);

}  // namespace gateway::routing
