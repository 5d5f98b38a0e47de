// The sockets on which the storage SCP listens. They may outlive one SCP. Callers that connect
// while the configuration is read anew wait in the backlog, and the next SCP serves them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/handles.h"
#include "gateway/result.h"
#include "gateway/settings/dicom.h"

namespace gateway::dicom {

// Immutable, so any thread may use it.
class Listeners {
 public:
  struct Listener {
    UniqueFd socket;
    bool secure = false;  // takes TLS only
  };

  // Binds and listens. Errors: "port-in-use" and "bind-failed". They are transient if the port or
  // the address may only be late, and otherwise config.
  static Result<std::shared_ptr<const Listeners>> Open(const DicomSettings& settings);

  [[nodiscard]] const std::vector<Listener>& all() const { return all_; }
  // The port in use, also if settings.port is 0; not tls_port.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Listeners() = default;

  std::vector<Listener> all_;
  std::uint16_t port_ = 0;
};

}  // namespace gateway::dicom
