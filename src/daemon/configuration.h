// Everything that follows from one reading of the configuration files: the settings, the keys that
// they name, and the compiled rules. It never changes. A changed configuration is another object.
#pragma once

#include <memory>

#include "gateway/result.h"
#include "gateway/settings.h"
#include "inbound/inbound_settings.h"
#include "outbound/outbound_settings.h"
#include "routing/router.h"
#include "security/keys.h"
#include "transform/transform.h"

namespace gateway::daemon {

// It is immutable, and any thread may use it.
struct Configuration {
  Settings settings;
  security::Keys keys;
  routing::Router router;
  // The changes that the routes make on the way. It is nullptr as long as no rule can ask for a
  // change.
  std::shared_ptr<const transform::Transform> transform;

  // Reads the key files. Errors: those of security::ReadKeys() and routing::Router::Create().
  static Result<std::shared_ptr<const Configuration>> Build(Settings settings);

  // Return the sections for each pipeline. They are valid as long as this configuration is.
  [[nodiscard]] outbound::OutboundSettings ForOutbound() const;
  [[nodiscard]] inbound::InboundSettings ForInbound() const;
};

}  // namespace gateway::daemon
