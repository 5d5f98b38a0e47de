// The sockets on which the storage SCP listens. They may outlive one SCP: who connects while the configuration is read
// anew waits in their backlog, and is served by the next SCP.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/handles.h"
#include "gateway/result.h"
#include "gateway/settings/dicom.h"

namespace gateway::dicom {

// Immutable: any thread.
class Listeners {
 public:
  struct Listener {
    UniqueFd socket;
    bool secure = false;  // takes TLS only
  };

  // Binds and listens: "port-in-use" and "bind-failed", transient where the port or the address may be late only.
  static Result<std::shared_ptr<const Listeners>> Open(const DicomSettings& settings);

  [[nodiscard]] const std::vector<Listener>& all() const { return all_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }  // in use, if settings.port is 0; not tls_port

 private:
  Listeners() = default;

  std::vector<Listener> all_;
  std::uint16_t port_ = 0;
};

}  // namespace gateway::dicom
