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
#include "transform/recipes.h"
#include "transform/transform.h"

namespace gateway::daemon {

// It is immutable, and any thread may use it.
struct Configuration {
  Settings settings;
  security::Keys keys;
  routing::Router router;
  transform::Recipes recipes;  // what the rules change on the way

  // Reads the key files. Errors: those of security::ReadKeys() and routing::Router::Create().
  static Result<std::shared_ptr<const Configuration>> Build(Settings settings);

  // Return the sections for each pipeline. They are valid as long as this configuration is.
  // `transform` carries out `recipes`, and codes pixel data.
  [[nodiscard]] outbound::OutboundSettings ForOutbound(const transform::Transform* transform) const;
  [[nodiscard]] inbound::InboundSettings ForInbound(const transform::Transform* transform) const;
};

}  // namespace gateway::daemon
