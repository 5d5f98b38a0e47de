// Makes TCP connections to a PACS. DCMTK would connect by itself, but only over IPv4, with one
// time-out for the whole process, and without heeding our stop. So DCMTK connects to a doorway on
// loopback, and our connection takes the place of that one.
#pragma once

#include <cstdint>
#include <string>

#include "base/handles.h"
#include "dicom/waits.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Connects to the first address of `host` that answers, within waits.timeout and until
// waits.interrupt_fd. The socket does not block. Error: transient "pacs-unreachable".
Result<UniqueFd> ConnectToPacs(const std::string& host, std::uint16_t port, Waits& waits);

// A listener that nobody serves.
class Doorway {
 public:
  static Result<Doorway> Open();  // transient "out-of-resources"
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Doorway(UniqueFd listener, std::uint16_t port) : listener_(std::move(listener)), port_(port) {}
  UniqueFd listener_;
  std::uint16_t port_;
};

}  // namespace gateway::dicom
