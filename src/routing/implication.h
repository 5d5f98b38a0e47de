// Says what follows from conditions, whatever instance comes. It errs on the side of silence: it
// says no where it cannot tell.
#pragma once

#include <string>

#include "gateway/settings/conditions.h"

namespace gateway::routing {

// Returns whether every instance that matches `a` also matches `b`.
bool Implies(const Condition& a, const Condition& b);

// Returns why no instance can match, or an empty text if one could.
std::string WhyNever(const Condition& condition);

// Returns whether some instance certainly matches both.
bool CertainlyOverlap(const Condition& a, const Condition& b);

}  // namespace gateway::routing
