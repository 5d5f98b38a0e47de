// Watches keys that expire while the daemon runs, or soon after. It looks again at the keys that
// were usable at the start, so that somebody hears of it in time, and not only when messages wait.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/key_condition.h"

namespace gateway::daemon {

// One thread uses it. `clock` must outlive it.
class KeyWatch {
 public:
  KeyWatch(const std::vector<KeyExpiry>& keys, const Clock& clock);

  // The step of a worker. It logs an event about each key once a day, from 30 days before the key's
  // end on, and another one at its end.
  Milliseconds Step(const std::stop_token& stop);

 private:
  struct Watched {
    KeyExpiry key;
    bool over = false;         // the key was expired when the last event was logged
    std::optional<Time> told;  // when the last event was logged
  };

  std::vector<Watched> keys_;
  const Clock& clock_;
};

}  // namespace gateway::daemon
