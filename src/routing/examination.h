// Looks for rules that do not do what their author probably meant.
#pragma once

#include <string>
#include <vector>

#include "gateway/settings/routes.h"

namespace gateway::routing {

struct Finding {
  std::string place;  // "route NAME", "partner NAME", "pacs NAME": where the files have it
  std::string message;
};

// Finds rules that can never match, that no instance reaches because of a final rule before them,
// and that add nothing to the rules before them; final rules that both match the same instances;
// fallbacks that change nothing or go round in a circle; windows of emergencies; partners and PACS
// that no rule names; partners whose mails match no rule; and outbound rules that remove attributes
// whose values still leave the hospital.
std::vector<Finding> Examine(const RouteSettings& routes, const std::vector<std::string>& partners,
                             const std::vector<std::string>& pacs);

}  // namespace gateway::routing
