// Everything that the steps of the outbound pipeline work with, grouped by how long it lasts.
#pragma once

#include "gateway/surroundings.h"
#include "outbound/outbound_settings.h"

namespace gateway::outbound {

// A step keeps the references that it needs, and not this struct.
struct OutboundContext {
  OutboundSettings settings;  // lasts as long as one configuration
  Surroundings around;        // stays when the configuration changes
};

}  // namespace gateway::outbound
