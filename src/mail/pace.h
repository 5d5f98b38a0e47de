// Says how fast a mail may leave.
#pragma once

#include <cstddef>

#include "gateway/result.h"
#include "gateway/time.h"

namespace gateway::mail {

// Slows one mail down. One thread uses it.
class Pace {
 public:
  Pace() = default;
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;
  virtual ~Pace() = default;

  // Returns how many of `bytes` may leave at once, at least 1, so that no wait is long. The mail
  // server must not take the mail for dead.
  [[nodiscard]] virtual std::size_t PieceOf(std::size_t bytes) const = 0;
  // Waits until `bytes` may leave. Returns how long that took. Error: transient "interrupted" if
  // this thread is a worker that is to stop.
  virtual Result<Milliseconds> Wait(std::size_t bytes) = 0;
};

}  // namespace gateway::mail
