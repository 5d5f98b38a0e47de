// Gives the router what the pipelines know about an instance on its way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/instance.h"
#include "gateway/priority.h"
#include "gateway/time.h"

namespace gateway::routing {

// Says what has come of a study so far, with the instance that is to be routed.
struct StudySoFar {
  std::uint64_t instances = 0;
  std::uint64_t bytes = 0;
};

struct OutboundFacts {
  const InstanceHeader& header;
  std::string calling_ae{};
  std::string called_ae{};
  std::string caller{};               // the address; empty: not known
  std::uint16_t port = 0;             // to which it came; 0: not known
  std::optional<StudySoFar> study{};  // needed only if the router asks for it
  Time now{};
};

struct InboundFacts {
  const InstanceHeader* header = nullptr;  // nullptr: there is no instance
  std::string partner{};
  std::optional<std::string> set{};  // its id; nullopt: not known
  std::optional<Priority> mail_priority{};
  std::optional<std::string> service{};  // whose request it answers, empty if it answers none; nullopt: not known
  Time now{};
};

}  // namespace gateway::routing
