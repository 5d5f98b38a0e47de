// Keys that expire while the daemon runs, or soon will: what was usable at the start is looked at again, so that
// somebody hears of it in time, and not only by messages that wait.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "openpgp/key_material.h"

namespace gateway::daemon {

// One thread. `clock` must outlive it.
class KeyWatch {
 public:
  KeyWatch(const std::vector<openpgp::KeyExpiry>& keys, const Clock& clock);

  // A worker's step. An event a key when it is 30 days from its end, when it is at its end, and once a day from then
  // on.
  Milliseconds Step(const std::stop_token& stop);

 private:
  struct Watched {
    openpgp::KeyExpiry key;
    bool over = false;         // when it was told last
    std::optional<Time> told;  // when that was
  };

  std::vector<Watched> keys_;
  const Clock& clock_;
};

}  // namespace gateway::daemon
