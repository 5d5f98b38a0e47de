// All that follows from one reading of the configuration files: the settings, the keys that they name, the compiled
// rules. It never changes; a changed configuration is another object.
#pragma once

#include <memory>

#include "gateway/result.h"
#include "gateway/settings.h"
#include "inbound/inbound_settings.h"
#include "openpgp/key_material.h"
#include "outbound/outbound_settings.h"
#include "routing/router.h"
#include "transform/transform.h"

namespace gateway::daemon {

// Immutable: any thread.
struct Configuration {
  Settings settings;
  openpgp::KeyMaterial keys;
  routing::Router router;
  // What the routes have changed on the way; nullptr as long as no rule can ask for a change.
  std::shared_ptr<const transform::Transform> transform;

  // Reads the key files. The errors of openpgp::ReadKeyMaterial() and routing::Router::Create().
  static Result<std::shared_ptr<const Configuration>> Build(Settings settings);

  // The sections of each pipeline. They are valid as long as this configuration is.
  [[nodiscard]] outbound::OutboundSettings ForOutbound() const;
  [[nodiscard]] inbound::InboundSettings ForInbound() const;
};

}  // namespace gateway::daemon
