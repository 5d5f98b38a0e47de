// What the steps of the inbound pipeline work with, grouped by how long it lasts.
#pragma once

#include <filesystem>

#include "gateway/surroundings.h"
#include "inbound/inbound_settings.h"

namespace gateway::inbound {

// A step keeps the references that it needs, and not this struct.
struct InboundContext {
  InboundSettings settings;           // lasts as long as one configuration
  Surroundings around;                // stays when the configuration changes
  std::filesystem::path open_worker;  // the program of the open workers
};

}  // namespace gateway::inbound
