// Everything that the steps of the inbound pipeline work with, grouped by how long it lasts.
#pragma once

#include "gateway/surroundings.h"
#include "inbound/inbound_settings.h"
#include "opener/open_process.h"

namespace gateway::inbound {

// A step keeps the references that it needs, and not this struct.
struct InboundContext {
  InboundSettings settings;           // lasts as long as one configuration
  Surroundings around;                // stays when the configuration changes
  opener::WorkerProgram open_worker;  // lasts as long as one configuration
};

}  // namespace gateway::inbound
